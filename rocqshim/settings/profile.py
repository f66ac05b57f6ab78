"""The built-in profiles, scaled to the machine.

They were first written by hand for 36 cores and 252 GB, and give those numbers there:
standard 150G/2700%/50/300/-j4, conservative 100G/1800%/30/200/-j2, aggressive
200G/3200%/100/500/-j8, single 100G/900%/30/-/-j1. "252 GB" is what ``free`` shows on a machine
with 256 GB fitted, and the limits are systemd's ``150G``: both count in units of 1024**3.
"""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.settings.model import Machine

_GIB = 1024**3
_REFERENCE_CORES = 36
# About what one compiler of an ordinary file needs: it has to fit even on a small machine.
ONE_COMPILER = 2 * _GIB
_LARGEST_SHARE = 80  # per cent of RAM; with more, the limit would no longer protect anything
# A compiler has 2 to 4 threads, `par:` and native_compute add workers, sh, gcc and as. The limit
# is there for fork bombs: where it is too low, fork fails in the middle of a sound build.
_LEAST_TASKS = 128


@dataclass(frozen=True)
class BuiltIn:
    """Shares in per cent of the machine; tasks and jobs are for 36 cores (None: infinity)."""

    memory: int
    cpu: int
    io_weight: int
    tasks: int | None
    jobs: int
    least_jobs: int = 1


BUILT_IN = {
    "standard": BuiltIn(memory=60, cpu=75, io_weight=50, tasks=300, jobs=4, least_jobs=2),
    "conservative": BuiltIn(memory=40, cpu=50, io_weight=30, tasks=200, jobs=2),
    "aggressive": BuiltIn(memory=80, cpu=89, io_weight=100, tasks=500, jobs=8, least_jobs=2),
    "single": BuiltIn(memory=40, cpu=25, io_weight=30, tasks=None, jobs=1),
}


def built_in(name: str, machine: Machine) -> dict[str, str]:
    """The values of a built-in profile, written as a person would write them in a file."""
    profile = BUILT_IN[name]
    return {
        "memory-max": _memory(profile, machine),
        "memory-swap-max": "0",
        "cpu-quota": _cpu(profile, machine),
        "io-weight": str(profile.io_weight),
        "tasks-max": _tasks(profile, machine),
        "jobs": str(jobs_of(profile, machine)),
    }


def _memory(profile: BuiltIn, machine: Machine) -> str:
    if machine.memory * profile.memory >= ONE_COMPILER * 100:
        return f"{profile.memory}%"
    if machine.memory * _LARGEST_SHARE >= ONE_COMPILER * 100:
        return f"{ONE_COMPILER // _GIB}G"
    return f"{_LARGEST_SHARE}%"


def _cpu(profile: BuiltIn, machine: Machine) -> str:
    return f"{profile.cpu}% of cores" if profile.cpu * machine.per_cent >= 10_000 else "1 core"


def _tasks(profile: BuiltIn, machine: Machine) -> str:
    if profile.tasks is None:
        return "infinity"
    return str(max(_LEAST_TASKS, profile.tasks * machine.cores // _REFERENCE_CORES))


def jobs_of(profile: BuiltIn, machine: Machine) -> int:
    """The rule by hand, 10 to 25 % of the cores, and no more than have room for a compiler."""
    if profile.jobs == 1:
        return 1
    by_cores = -(-profile.jobs * machine.cores // _REFERENCE_CORES)  # rounded up
    by_memory = machine.memory * profile.memory // 100 // ONE_COMPILER
    return max(profile.least_jobs, min(by_cores, by_memory))
