"""What both backends with cgroups have in common: a slice's cgroup read, job cgroups in it."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod

from rocqshim.backend import JobRequest, Level, Use, cgroup
from rocqshim.backend.jobgroup import JobGroup, read_levels, read_use
from rocqshim.backend.slicefiles import read_limits
from rocqshim.backend.softening import Softening
from rocqshim.limits import Limits

IS_JOB = re.compile(r"job-\d+")


class CgroupSlice(ABC):
    """A slice that is a cgroup, with its jobs in cgroups of their own below it.

    _jobs: the folder of the job cgroups. Both are known from ``open`` on.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._jobs = ""
        self._soft = Softening()

    @abstractmethod
    def folders(self) -> list[str]:
        """The slice's own cgroup and those above it."""

    @abstractmethod
    async def _attach(self, name: str, pid: int) -> None:
        """Move a process into the job cgroup ``name``. Raises BackendError."""

    async def new_job(self, request: JobRequest) -> JobGroup:
        """Make a job cgroup. Raises BackendError."""
        job = self._job(request.name)
        job.make(request)
        return job

    async def adopt_job(self, request: JobRequest, pid: int) -> JobGroup | None:
        """Take over a job cgroup; its processes need no moving."""
        job = self._job(request.name)
        return job if os.path.isdir(job.path) else None

    def job_names(self) -> list[str]:
        """The job cgroups that exist."""
        try:
            return sorted(name for name in os.listdir(self._jobs) if IS_JOB.fullmatch(name))
        except OSError:
            return []

    def limits(self) -> Limits:
        """The limits as the kernel has them."""
        return read_limits(self._folder)

    def use(self) -> Use:
        """What the slice uses, in bytes and tasks (systemd's holder is one of them)."""
        return read_use(self._folder)

    def peak(self) -> int | None:
        """memory.peak, since Linux 5.19."""
        return cgroup.number(os.path.join(self._folder, "memory.peak"))

    def has_room(self) -> bool:
        """True: pids.max is the kernel's."""
        return True

    def levels(self) -> tuple[Level, ...]:
        """The counters of the slice and of each cgroup above it."""
        return read_levels(self.folders())

    @property
    def _folder(self) -> str:
        return self.folders()[0]

    def _job(self, name: str) -> JobGroup:
        return JobGroup(os.path.join(self._jobs, name), self.levels, self._attach, self._soft)
