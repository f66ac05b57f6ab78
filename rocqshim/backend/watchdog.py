"""Backend ``watchdog``: limits by watching, where there is no cgroup v2 that we may use.

It samples what the jobs use and kills the youngest when the slice's memory is exceeded
(`watch_sampler`, `watch_policy`), and restrains each process by what every Linux has
(`watch_restraints`). That is approximate, and `WatchdogSlice.apply` says so.
"""

from __future__ import annotations

import os

from rocqshim.backend import BackendError, JobRequest, Level, Use
from rocqshim.backend.processes import all_pids, facts_of, job_marker
from rocqshim.backend.watch_job import WatchdogJob, relimit
from rocqshim.backend.watch_sampler import Sampler
from rocqshim.backend.watch_unenforced import limits_watched, unenforced
from rocqshim.limits import Limits, Unenforced


def slices_left(place: str) -> list[str]:
    """The slices of which jobs run that a broker at the socket ``place`` started."""
    names = {job_marker(pid, place).rpartition("/")[0] for pid in all_pids()}
    return sorted(names - {""})


class WatchdogSlice:
    """One project's slice, which exists only in the broker's mind."""

    backend = "watchdog"

    def __init__(self, name: str, place: str = "") -> None:
        self.name = name
        self._sampler = Sampler(name, place)

    async def open(self) -> None:
        """See that processes can be watched here."""
        try:
            facts = facts_of(os.getpid())
        except (OSError, ValueError, IndexError) as error:
            raise BackendError(f"the watchdog cannot read /proc: {error}") from error
        if facts is None:
            raise BackendError("the watchdog needs /proc, and there is none")

    async def apply(self, limits: Limits) -> list[Unenforced]:
        """Watch over these limits from now on; names those that are only approximated."""
        self._sampler.limits = limits
        for account in self._sampler.accounts.values():
            relimit(account, limits)
        return unenforced(limits)

    async def cap(self, memory_max: int | None) -> None:
        """Nothing: each project's own limit is within it, and nobody watches over all."""

    async def new_job(self, request: JobRequest) -> WatchdogJob:
        """Make the account of a new job."""
        return WatchdogJob(self._sampler, request)

    async def adopt_job(self, request: JobRequest, pid: int) -> WatchdogJob | None:
        """Take over a job that an earlier broker started; None when it is gone.

        ``pid`` 0: by the environment of its processes alone.
        """
        job = WatchdogJob(self._sampler, request)
        if job.watch(pid) | job.watch_marked():
            return job
        await job.close()
        return None

    def has_room(self) -> bool:
        """Tell whether ``tasks_max`` allows one more job to start."""
        tasks_max = self._sampler.limits.tasks_max
        return tasks_max is None or self.use().tasks < tasks_max

    def job_names(self) -> list[str]:
        """The jobs of which processes run, by their environment, whoever started them."""
        return sorted(self._sampler.members.look())

    def limits(self) -> Limits:
        """The limits that the watchdog has; None for those that it cannot watch over."""
        return limits_watched(self._sampler.limits)

    def use(self) -> Use:
        """What the whole slice uses now."""
        return self._sampler.use()

    def peak(self) -> int:
        """The most bytes that all jobs had in one sample."""
        return self._sampler.peak

    def levels(self) -> tuple[Level, ...]:
        """The slice alone; no kernel counts its limit hits."""
        return self._sampler.levels()

    def folders(self) -> list[str]:
        """There is no cgroup."""
        return []

    async def is_stopped(self) -> bool:
        """Nobody but us can."""
        return False

    async def close(self) -> None:
        """End the sampling. Only called without jobs."""
        self._sampler.stop()
