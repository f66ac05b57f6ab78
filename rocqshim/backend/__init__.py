"""How limits are enforced: ``systemd``, ``cgroup2`` or ``watchdog``; what each must offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from rocqshim.limits import Limits, Unenforced


class BackendError(Exception):
    """This backend cannot hold the slice; one sentence of fact."""


@dataclass(frozen=True)
class JobRequest:
    """What the backend needs to know of a job before it runs.

    name: as in ``job-17``. memory_max: bytes of this job alone, None for no limit of its own.
    oom_score_adj: 0 to 1000; the kernel kills the job with the highest first. interactive:
    somebody sits before it; the watchdog kills it last.
    """

    name: str
    memory_max: int | None = None
    oom_score_adj: int = 0
    interactive: bool = False


@dataclass(frozen=True)
class Level:
    """The memory counters of one cgroup above a job: the slice, and what is above that.

    name: its unit or cgroup name. oom: how often its own limit was hit (memory.events.local);
    None where it cannot be read.
    """

    name: str
    oom: int | None


@dataclass(frozen=True)
class JobCounters:
    """What was counted for one job, at its end. Bytes and seconds; None where unknown.

    oom: its own limit was hit. oom_kill: processes of it that the kernel's OOM killer killed.
    oomd_kills: kills by systemd-oomd (xattr user.oomd_ooms / user.oomd_kill of it or above).
    levels: the cgroups above it, nearest first. killed_for: the limit (``memory_max`` or
    ``job_memory_max``) for which the watchdog killed it; None in the cgroup backends.
    memory_seen: the most bytes that were seen, where it was looked at now and then.
    memory_had: bytes it had when it was killed, where that is better known than by the peak.
    cache: bytes of ``memory_peak`` that were page cache at the end, which the kernel gives back
    before it kills.
    """

    memory_peak: int | None = None
    memory_seen: int = 0
    swap_peak: int | None = None
    user: float | None = None
    system: float | None = None
    oom: int = 0
    oom_kill: int = 0
    oomd_kills: int = 0
    levels: tuple[Level, ...] = ()
    killed_for: str | None = None
    memory_had: int | None = None
    cache: int = 0


@dataclass(frozen=True)
class Use:
    """What a slice or job uses now. memory: bytes; peak: bytes, None where unknown."""

    memory: int = 0
    peak: int | None = None
    tasks: int = 0
    pids: tuple[int, ...] = field(default=())


class JobPlace(Protocol):
    """The place of one job: a job cgroup, or the watchdog's account of its processes."""

    procs: str  # cgroup.procs, for a launcher that may write it itself; "" where there is none

    @property
    def counts_peak(self) -> bool:
        """Whether the kernel counts what all of it had at the most."""
        ...

    async def attach(self, pid: int) -> None:
        """Move the held child ``pid`` here. Raises BackendError."""
        ...

    def started(self, pid: int) -> None:
        """The child is placed: set what is set per process (oom_score_adj, ionice, nice)."""
        ...

    def use(self) -> Use:
        """What the job uses now; zeros when it is gone."""
        ...

    def held(self) -> int:
        """Bytes that the kernel cannot take back from it now: all but page cache."""
        ...

    def rescore(self, score: int) -> None:
        """Make it the kernel's choice before those with a lower score; 0 to 1000."""

    def counters(self) -> JobCounters:
        """Read everything that was counted. Called once the child has ended."""
        ...

    def kill(self) -> None:
        """Kill all of it with SIGKILL, now."""
        ...

    def is_empty(self) -> bool:
        """Tell whether no process of the job is left."""
        ...

    async def close(self) -> None:
        """Kill what is left, wait (bounded) until it is gone, remove the place."""
        ...


class Slice(Protocol):
    """One project's slice, held open while it has jobs."""

    name: str  # rocq-<project>.slice
    backend: str  # systemd, cgroup2 or watchdog

    async def open(self) -> None:
        """Make it, or take over the one that is there. Raises BackendError."""
        ...

    async def apply(self, limits: Limits) -> list[Unenforced]:
        """Set the limits and read them back; gives those that the kernel does not have."""
        ...

    async def cap(self, memory_max: int | None) -> None:
        """Bound all projects of the user together, or lift that. Raises BackendError."""

    async def new_job(self, request: JobRequest) -> JobPlace:
        """Make the place of a new job. Raises BackendError."""
        ...

    async def adopt_job(self, request: JobRequest, pid: int) -> JobPlace | None:
        """Take over a job that an earlier broker started; None when it is gone.

        pid: its compiler, 0 where that is not known.
        """
        ...

    def job_names(self) -> list[str]:
        """The jobs that exist in it, as found, whoever started them."""
        ...

    def limits(self) -> Limits:
        """The limits as the kernel (or the watchdog) has them now."""
        ...

    def use(self) -> Use:
        """What the whole slice uses now."""
        ...

    def has_room(self) -> bool:
        """Whether tasks-max lets another job start; always where the kernel counts tasks."""
        ...

    def peak(self) -> int | None:
        """The most bytes that the whole slice had since it was made; None where unknown."""
        ...

    def levels(self) -> tuple[Level, ...]:
        """The counters above the jobs, taken before a job starts."""
        ...

    def folders(self) -> list[str]:
        """The cgroups of the slice and of all above it, nearest first; [] where there are none."""
        ...

    async def is_stopped(self) -> bool:
        """Tell whether somebody else stopped it, with its jobs (systemctl stop, a logout)."""
        ...

    async def close(self) -> None:
        """Release it: stop the units or remove the cgroups. Only called without jobs."""
        ...
