"""Waiting for facts, and the facts of processes that a test needs."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 30.0  # seconds; these tests share two cores with whatever else runs


def eventually(look: Callable[..., Found], *args: object) -> Found:
    """Give the first true answer of ``look(*args)``; fails when there is none in time."""
    deadline = time.monotonic() + PATIENCE
    pause = 0.002
    while True:
        found = look(*args)
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {PATIENCE} s"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    return state(pid) not in ("", "Z", "X")


def state(pid: int) -> str:
    """R, S, D, T, Z … as in /proc; "" where it is gone."""
    return (fields_of(pid) or [""])[0]


def fields_of(pid: int) -> list[str]:
    """What follows the name in /proc/PID/stat: state, parent, group, session, terminal …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2].split()
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """The living children of ``pid``."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and fields_of(int(name))[1:2] == [str(pid)] and is_alive(int(name)):
            found.append(int(name))
    return found


def with_environment(entry: str) -> list[int]:
    """Every living process but ours that has ``entry`` in its environment."""
    wanted = os.fsencode(entry)
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid() or not is_alive(int(name)):
            continue
        try:
            environ = Path(f"/proc/{name}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environ.split(b"\0"):
            found.append(int(name))
    return found


def listener(path: str) -> int:
    """The pid of the process that listens at the socket ``path``, 0 where nobody does."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(5)
        try:
            asked.connect(path)
        except OSError:
            return 0
        raw = asked.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", raw)[0])


def command_line(pid: int) -> str:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" "))
    except OSError:
        return f"{pid} (gone)"
