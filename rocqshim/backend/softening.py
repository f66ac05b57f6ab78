"""Stand-ins for weights that the kernel does not enforce: ionice for I/O, nice for CPU."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from rocqshim.limits import Limits, Unenforced


@dataclass
class Softening:
    """What to set on each compiler: an I/O level of best effort (0 to 7), a nice value."""

    io_level: int | None = None
    nice: int | None = None

    def choose(self, limits: Limits, missing: Iterable[Unenforced]) -> None:
        """Stand in for the weights in ``missing``; those that are enforced need nothing."""
        keys = {entry.key for entry in missing}
        self.io_level = io_level(limits.io_weight) if "io_weight" in keys else None
        self.nice = nice_value(limits.cpu_weight) if "cpu_weight" in keys else None

    def apply(self, pid: int) -> None:
        """Set them on the process ``pid``; its children inherit them. Never fails."""
        with contextlib.suppress(psutil.Error, OSError):  # it has ended, or may not: a wish
            if self.io_level is not None and not _is_behind(pid, self.io_level):
                psutil.Process(pid).ionice(psutil.IOPRIO_CLASS_BE, self.io_level)
            if self.nice and os.getpriority(os.PRIO_PROCESS, pid) < self.nice:
                os.setpriority(os.PRIO_PROCESS, pid, self.nice)


def _is_behind(pid: int, level: int) -> bool:
    """Tell whether its caller has put it further back already."""
    now = psutil.Process(pid).ionice()
    is_idle = now.ioclass == psutil.IOPRIO_CLASS_IDLE
    return bool(is_idle or (now.ioclass == psutil.IOPRIO_CLASS_BE and now.value > level))


def io_level(weight: int | None) -> int | None:
    """Turn IOWeight= (100 is neutral) into a best-effort level: 4 is neutral, 7 the lowest."""
    if weight is None or weight >= 100:
        return None
    return 7 if weight <= 40 else 6 if weight <= 70 else 5


def nice_value(weight: int | None) -> int | None:
    """Turn CPUWeight= (100 is neutral) into a nice value; only upwards needs no privilege."""
    if weight is None or weight >= 100:
        return None
    # sched(7): one nice step is a factor of 1.25 in share.
    return min(19, round(math.log(100 / weight, 1.25)))
