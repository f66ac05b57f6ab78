"""What this machine has: percentages and the built-in profiles are taken of it."""

from __future__ import annotations

import os

from rocqshim.errors import UserError
from rocqshim.settings.enclosing import cpu_bound, levels, memory_bound
from rocqshim.settings.model import Machine

MEMINFO = "/proc/meminfo"


def this_machine(meminfo: str = MEMINFO) -> Machine:
    """RAM (MemTotal) and the cores that this process may run on, or what cgroups leave of them.

    The affinity mask and not os.cpu_count(): a Slurm step or a container with a cpuset owns
    only a part of the machine. Raises UserError where there is no /proc.
    """
    around, ram, cores = levels(), _total(meminfo), len(os.sched_getaffinity(0))
    memory, cpu = memory_bound(around), cpu_bound(around)
    return Machine(
        memory=min(ram, memory.value) if memory else ram,
        cores=min(cores, -(-cpu.value // 100)) if cpu else cores,
        cpu=min(100 * cores, cpu.value) if cpu else None,
        memory_by=memory.file if memory and memory.value < ram else "",
        cpu_by=cpu.file if cpu and cpu.value < 100 * cores else "",
    )


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
