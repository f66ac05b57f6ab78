"""What the machine, and the cgroups above a slice, can still give; and how short the slice is.

A limit of 150G on a machine that uses 120G elsewhere is no room. Formats: proc(5); kernel
documentation, cgroup-v2 and psi.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from rocqshim.backend import cgroup
from rocqshim.backend.jobgroup import cache_in
from rocqshim.settings.enclosing import V2, Level, memory_bound

MEMINFO = "/proc/meminfo"
_AVAILABLE = re.compile(r"^MemAvailable:\s*(\d+) kB", re.M)
_FULL = re.compile(r"^full avg10=(\d+\.\d+)", re.M)


def host_left(
    folders: Sequence[str], around: Sequence[Level] = (), meminfo: str = MEMINFO
) -> int | None:
    """Bytes that the machine can still give to a slice, None where nobody says.

    folders: of the slice and of all cgroups above it, nearest first; [] without cgroups. around:
    those in which we are, for a slice that has none. The least of MemAvailable and of what is left
    below the limit of each cgroup *above* the slice; the root of a namespace is one of them.
    """
    above = [*folders[1:], *map(os.path.dirname, folders[-1:])]
    found = [_available(meminfo), *map(_left_in, above), *map(_left_around, around)]
    known = [amount for amount in found if amount is not None]
    return min(known, default=None)


def pressure(folder: str) -> float:
    """Per cent of the last 10 s in which all tasks of a cgroup waited for memory; 0 if unknown.

    memory.pressure is there since Linux 4.20, where PSI is not switched off.
    """
    found = _FULL.search(cgroup.read(os.path.join(folder, "memory.pressure")))
    return float(found[1]) if found else 0.0


def _available(meminfo: str) -> int | None:
    found = _AVAILABLE.search(cgroup.read(meminfo))
    return int(found[1]) * 1024 if found else None


def _left_around(level: Level) -> int | None:
    if level.controller == V2:
        return _left_in(level.folder)
    limit = memory_bound([level])
    used = cgroup.number(os.path.join(level.folder, "memory.usage_in_bytes")) or 0
    stat = cgroup.table(os.path.join(level.folder, "memory.stat"))
    cache = max(0, stat.get("total_cache", 0) - stat.get("total_shmem", 0))
    return max(0, limit.value - max(0, used - cache)) if limit else None


def _left_in(folder: str) -> int | None:
    limit = cgroup.number(os.path.join(folder, "memory.max"))
    if limit is None:
        return None
    used = cgroup.number(os.path.join(folder, "memory.current")) or 0
    held = used - cache_in(cgroup.table(os.path.join(folder, "memory.stat")))
    return max(limit - max(held, 0), 0)
