"""What the watchdog does not enforce as a cgroup would, said in one short entry per limit."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from rocqshim.backend.softening import io_level, nice_value
from rocqshim.backend.watch_policy import CALM
from rocqshim.limits import Limits, Unenforced, asks_nothing, cores_of

REASON = "no usable cgroup v2"


def unenforced(limits: Limits) -> list[Unenforced]:
    """Name each limit that is asked for and not held, or only approximately."""
    instead = {
        "memory_max": f"sampling every {CALM} s and killing the youngest job",
        "memory_high": "",
        "memory_swap_max": "swap counts as memory",
        "cpu_quota": _instead_of_quota(limits.cpu_quota),
        "cpu_weight": _using("nice", nice_value(limits.cpu_weight)),
        "io_weight": _using("ionice best-effort", io_level(limits.io_weight)),
        "tasks_max": "counting tasks before a job starts",
    }
    missing = [key for key in instead if not _is_held(key, getattr(limits, key))]
    return [Unenforced(key, REASON, instead[key]) for key in missing]


def limits_watched(limits: Limits) -> Limits:
    """Give what the watchdog really watches over; None for what it cannot."""
    quota = limits.cpu_quota
    if quota is not None and not _is_quota_held(quota):
        quota = cores_of(quota) * 100 if _cores() else None
    kept = {key: value for key, value in vars(limits).items() if _is_held(key, value)}
    return replace(
        Limits(**kept), memory_max=limits.memory_max, tasks_max=limits.tasks_max, cpu_quota=quota
    )


def _is_held(key: str, value: int | None) -> bool:
    """Tell whether this limit holds as strictly as in a cgroup, or asks for nothing."""
    if value is None or asks_nothing(key, value):
        return True
    if key == "memory_swap_max":
        return not has_swap()
    return key == "cpu_quota" and _is_quota_held(value)


def _is_quota_held(quota: int) -> bool:
    # Whole cores: no process leaves those that it was given. Above what there is: none can.
    available = _cores()
    return available > 0 and (quota % 100 == 0 or quota >= available * 100)


def _instead_of_quota(quota: int | None) -> str:
    available = _cores()
    if quota is None or not available:
        return ""
    return f"using {min(cores_of(quota), available)} of {available} cores"


def _using(what: str, value: int | None) -> str:
    return f"using {what} {value}" if value else ""


def _cores() -> int:
    """Count the cores we may use; 0 where a process cannot be kept to some of them."""
    try:
        cores = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)  # changes nothing; tells whether it is allowed
    except (OSError, AttributeError):
        return 0
    return len(cores)


def has_swap() -> bool:
    """Tell whether this machine has swap; assumed where it cannot be read."""
    try:
        text = Path("/proc/meminfo").read_text()
    except OSError:
        return True
    return not any(line.split() == ["SwapTotal:", "0", "kB"] for line in text.splitlines())
