"""What is set on a held child before it becomes the compiler; its children inherit it.

These stand in for the controllers of a cgroup. A refusal (EPERM, gVisor, an odd kernel) never
fails a job: the watchdog's sampling needs none of them.
"""

from __future__ import annotations

import contextlib
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from rocqshim.backend import cgroup
from rocqshim.backend.softening import io_level, nice_value
from rocqshim.limits import Limits, cores_of

REFUSED = (OSError, ValueError, AttributeError)  # AttributeError: not in this libc or kernel


@dataclass(frozen=True)
class Restraints:
    """What every process of a job gets. cores: how many; io_level: best-effort; None: as it is."""

    cores: int | None = None
    nice: int | None = None
    io_level: int | None = None
    oom_score_adj: int = 0


def restraints_for(limits: Limits, oom_score_adj: int) -> Restraints:
    """Translate the limits of the slice."""
    return Restraints(
        cores=None if limits.cpu_quota is None else cores_of(limits.cpu_quota),
        nice=nice_value(limits.cpu_weight),
        io_level=io_level(limits.io_weight),
        oom_score_adj=oom_score_adj,
    )


def choose_cores(allowed: Iterable[int], count: int, slice_name: str) -> set[int]:
    """Choose the same ``count`` cores for all jobs of a slice, whole cores before siblings.

    Each slice begins elsewhere, so that two projects do not share half of the machine.
    """
    spread = sorted(allowed, key=lambda cpu: (_sibling_rank(cpu), cpu))
    begin = zlib.crc32(slice_name.encode()) % len(spread)
    return set((spread[begin:] + spread[:begin])[:count])


def _sibling_rank(cpu: int) -> int:
    """0 for the first hardware thread of a core, 1 for the second; 0 where unknown."""
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        first = path.read_text().replace("-", ",").split(",")[0]
    except OSError:
        return 0
    return int(int(first) != cpu)


def restrain(pid: int, asked: Restraints, slice_name: str) -> None:
    """Set all of it on ``pid``; never loosens what the caller had already set."""
    if asked.cores is not None:
        with contextlib.suppress(*REFUSED):
            allowed = os.sched_getaffinity(pid)
            os.sched_setaffinity(pid, choose_cores(allowed, asked.cores, slice_name))
    with contextlib.suppress(*REFUSED):
        if asked.nice and asked.nice > os.getpriority(os.PRIO_PROCESS, pid):
            os.setpriority(os.PRIO_PROCESS, pid, asked.nice)
    if asked.io_level is not None:
        _lower_io(pid, asked.io_level)
    _raise_oom_score(pid, asked.oom_score_adj)


def _lower_io(pid: int, level: int) -> None:
    with contextlib.suppress(*REFUSED, psutil.Error):
        process = psutil.Process(pid)
        had = process.ionice()
        is_default = had.ioclass == psutil.IOPRIO_CLASS_NONE
        if is_default or (had.ioclass == psutil.IOPRIO_CLASS_BE and had.value < level):
            process.ionice(psutil.IOPRIO_CLASS_BE, level)


def _raise_oom_score(pid: int, score: int) -> None:
    path = f"/proc/{pid}/oom_score_adj"
    with contextlib.suppress(ValueError):  # "" where it cannot be read
        if score > int(cgroup.read(path)):
            cgroup.write(path, str(score))
