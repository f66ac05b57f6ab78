"""A slice's limits as files: what is written (cgroup2) and what is read back (every cgroup)."""

from __future__ import annotations

import os

from rocqshim.backend import cgroup
from rocqshim.backend.cgroup import MAX
from rocqshim.backend.softening import io_level, nice_value
from rocqshim.limits import (
    LIMIT_KEYS,
    NEUTRAL,
    WEIGHTS,
    Limits,
    Unenforced,
    asks_nothing,
    same_limit,
)

FILES = {
    "memory_max": "memory.max",
    "memory_high": "memory.high",
    "memory_swap_max": "memory.swap.max",
    "cpu_quota": "cpu.max",
    "cpu_weight": "cpu.weight",
    "io_weight": "io.weight",
    "tasks_max": "pids.max",
}
NO_FILE = -1  # a limit that this cgroup does not have
PERIOD = 100_000  # microseconds, the kernel's and systemd's default for cpu.max


def text_of(key: str, value: int | None) -> str:
    """What to write into the file of ``key`` for ``value`` (None: infinity)."""
    if key in WEIGHTS:
        return str(value or NEUTRAL)
    if value is None:
        return MAX
    return f"{value * PERIOD // 100} {PERIOD}" if key == "cpu_quota" else str(value)


def read_limit(folder: str, key: str) -> int | None:
    """Read one limit back; None is infinity (for a weight: neutral), or NO_FILE."""
    text = cgroup.read(os.path.join(folder, FILES[key]))
    if not text:
        return NO_FILE
    if key == "cpu_quota":
        quota, period = text.split()
        return None if quota == MAX else int(quota) * 100 // int(period)
    value = text.split()[-1]  # io.weight says "default 50"
    return None if value == MAX else int(value)


def read_limits(folder: str) -> Limits:
    """Every limit as the kernel has it; a file that is missing limits nothing."""
    found = {key: read_limit(folder, key) for key in LIMIT_KEYS}
    return Limits(**{key: None if value == NO_FILE else value for key, value in found.items()})


def missing_limits(folder: str, asked: Limits, why: str) -> list[Unenforced]:
    """Compare what was asked for with what the kernel has; ``why`` explains a missing file."""
    missing = []
    for key in LIMIT_KEYS:
        want, have = getattr(asked, key), read_limit(folder, key)
        if want is None or same_limit(key, want, have):
            continue
        if have == NO_FILE and asks_nothing(key, want):
            continue
        missing.append(_unenforced(key, want, have, why))
    return missing


def _unenforced(key: str, want: int, have: int | None, why: str) -> Unenforced:
    if have != NO_FILE:
        return Unenforced(key, f"the kernel has {MAX if have is None else have}")
    if key == "memory_swap_max":
        return Unenforced(key, "this kernel counts no swap (swapaccount=0)")
    controller = FILES[key].split(".", maxsplit=1)[0]
    return Unenforced(key, f"{why} has no {controller} controller", _instead(key, want))


def _instead(key: str, want: int) -> str:
    program, level = STAND_INS.get(key, ("", _no_level))
    return f"using {program}" if level(want) is not None else ""


def _no_level(_weight: int) -> None:
    return None


STAND_INS = {"io_weight": ("ionice", io_level), "cpu_weight": ("nice", nice_value)}
