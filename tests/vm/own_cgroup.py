"""Give a container cgroups of its own, so that none of the machine's are used or changed.

systemd-nspawn makes `payload` and `supervisor` below the cgroup it is started in. On a machine
that runs systemd it gets a scope; elsewhere two containers would share these, in the root. So each
starts in a new cgroup, in the v2 hierarchy and in v1's named systemd, removed at its end.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import kept

# The shell puts itself into each folder up to --, then becomes the rest.
ENTER = 'while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs"; shift; done; shift; exec "$@"'


def mounts() -> Iterator[Path]:
    """Where the hierarchies that systemd uses are mounted."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, after = (part.split() for part in line.split(" - ", 1))
        if after[0] == "cgroup2" or "name=systemd" in after[2].split(","):
            yield Path(before[4])


def managed() -> bool:
    """Whether this machine runs systemd, which then gives nspawn a scope."""
    return Path("/run/systemd/system").exists()


def enter(name: str) -> list[str]:
    """Make the cgroups; the words that, before a command, run it inside."""
    if managed():
        return []
    folders = [mount / name for mount in mounts()]
    for folder in folders:
        folder.mkdir()
    return ["sh", "-c", ENTER, "sh", *map(str, folders), "--"]


def remove(name: str) -> None:
    """Remove the cgroups and all below, as soon as they are empty; at most 5 s."""
    for mount in mounts():
        for _ in kept.ticks(5):
            prune(mount / name)
            if not (mount / name).exists():
                break


def prune(top: Path) -> None:
    """Remove what is empty of a tree of cgroups."""
    for folder, _, _ in os.walk(top, topdown=False):
        with contextlib.suppress(OSError):
            Path(folder).rmdir()
