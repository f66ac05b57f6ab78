"""Which machines were left running, and how to end a process without mistaking it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from machine import BedError, Machine, cache

M = TypeVar("M", bound=Machine)


@dataclass(frozen=True)
class Record:
    """What a later run needs to find a kept machine: its process, port and folder."""

    kind: str
    suite: str
    pid: int
    port: int
    folder: str

    @property
    def path(self) -> Path:
        """One record for each kind and suite."""
        return path(self.kind, self.suite)

    def save(self) -> None:
        """Write it where `find` and ssh.sh look."""
        self.path.write_text(json.dumps(asdict(self)) + "\n")


def record(machine: Machine) -> Record:
    """What a later run needs to find this machine."""
    folder = str(machine.folder)
    return Record(machine.kind, machine.suite, machine.pid, machine.port, folder)


def path(kind: str, suite: str) -> Path:
    """Where the record of a kept machine lies."""
    return cache() / f"kept-{kind}-{suite}.json"


def find(kind: str, suite: str) -> Record | None:
    """The kept machine that still runs; forgets one that has died."""
    try:
        record = Record(**json.loads(path(kind, suite).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if runs(record.pid, record.folder):
        return record
    record.path.unlink(missing_ok=True)
    return None


def restore(kind: type[M], suite: str) -> M:
    """The kept machine, which the user says exists."""
    found = find(kind.kind, suite)
    if found is None:
        raise BedError(f"no {suite} {kind.kind} is kept running", "start one with --keep")
    machine = kind(suite, keep=True)
    machine.pid, machine.port, machine.folder = found.pid, found.port, Path(found.folder)
    return machine


def runs(pid: int, folder: str) -> bool:
    """Whether `pid` is alive and is ours: the name of its folder stands in its command line."""
    if pid <= 0:
        return False
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with contextlib.suppress(OSError):
        for _ in ticks(1.0, 0.01):  # empty for a moment during execve, which Popen does not await
            if words := Path(f"/proc/{pid}/cmdline").read_bytes():
                return os.fsencode(folder) in words
    return False


def end(pid: int, folder: str, number: signal.Signals, grace: float = 20) -> None:
    """Signal a process of ours, wait `grace` seconds, then kill it."""
    for deadly in (number, signal.SIGKILL):
        if not runs(pid, folder):
            return
        os.kill(pid, deadly)
        if any(not runs(pid, folder) for _ in ticks(grace)):
            return


def ticks(duration: float, step: float = 0.1) -> Iterator[float]:
    """The time left, every `step` seconds."""
    deadline = time.monotonic() + duration
    while (left := deadline - time.monotonic()) > 0:
        yield left
        time.sleep(step)
