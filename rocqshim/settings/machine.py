"""What this machine has: percentages and the built-in profiles are taken of it."""

from __future__ import annotations

import os

from rocqshim.errors import UserError
from rocqshim.settings.model import Machine

MEMINFO = "/proc/meminfo"


def this_machine(meminfo: str = MEMINFO) -> Machine:
    """RAM in bytes (MemTotal) and the cores that this process may run on.

    The affinity mask and not os.cpu_count(): a Slurm step or a container with a cpuset owns
    only a part of the machine. Raises UserError where there is no /proc.
    """
    return Machine(memory=_total(meminfo), cores=len(os.sched_getaffinity(0)))


def _total(meminfo: str) -> int:
    try:
        with open(meminfo, "rb") as lines:
            for line in lines:
                if line.startswith(b"MemTotal:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError) as error:
        raise _unknown(meminfo, str(error)) from error
    raise _unknown(meminfo, "no MemTotal line")


def _unknown(meminfo: str, why: str) -> UserError:
    return UserError(f"The size of RAM is not known: {meminfo}: {why}.", "Mount /proc.")
