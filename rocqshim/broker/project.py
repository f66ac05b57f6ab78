"""One project: its settings, its slice with the limits in force, its queue, jobs and builds."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

from rocqshim.admission.model import Room
from rocqshim.backend import BackendError, JobRequest, Slice
from rocqshim.backend.choose import Caller, Chooser
from rocqshim.broker.aside import Aside, TooSlow
from rocqshim.broker.blocked import Blocked
from rocqshim.broker.build import Build, Builds
from rocqshim.broker.knowledge import REMEMBERED, Knowledge
from rocqshim.broker.log import LOG, in_force
from rocqshim.broker.planning import lasting, plan_beside
from rocqshim.broker.queue import Queue
from rocqshim.broker.room import RoomOf
from rocqshim.broker.running import Asked, Job, LostPlace
from rocqshim.broker.tokens import Tokens
from rocqshim.history import History, JobRecord
from rocqshim.limits import Limits, Unenforced, limits_of, shortfall
from rocqshim.settings.files import job_memory_max_for, job_time_max_for
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import jobs_cap

# Seconds in which nobody starts beside the jobs of a killed broker, whose memory and cores count
# only when their launchers, who look each 5 s, have claimed them.
CLAIMED_WITHIN = 6.0
LATEST = 1000  # oom_score_adj of who has just started; `rescore` then orders all, where it can


@dataclass
class Project:
    """What the broker holds for one slice."""

    name: str
    settings: Settings
    slice: Slice | None = None
    missing: list[Unenforced] = field(default_factory=list)
    jobs: dict[int, Job] = field(default_factory=dict)
    builds: Builds = field(init=False)
    blocked: Blocked = field(default_factory=Blocked)
    peak: int = 0  # bytes that the slice had at the most, as of the last look
    most: int = 0  # that its builds had, as far as their jobs tell
    spent: float = 0.0  # seconds of processor time of the jobs that have ended
    coming: int = 0  # launchers that are not in the queue yet: the slice is made ready for them
    stops: int = 0  # how often all was stopped: who came before it does not start after it
    _applied: tuple[Limits, int | None] | None = None
    _backend: str = ""  # as asked for when the slice was opened
    _notes: list[str] = field(default_factory=list)
    _planned: set[Room] = field(default_factory=set)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _recalling: asyncio.Lock = field(default_factory=asyncio.Lock)
    aside: Aside = field(default_factory=Aside)  # reads what there is of it

    def __post_init__(self) -> None:
        self.room = RoomOf(lambda: self.tokens.extra)
        self.queue = Queue(self.room.now)
        self.tokens = Tokens(
            lambda: self.room.cores,
            lambda: len(self.jobs) - len(self.stopped),
            lambda: self.stopped,
        )
        self.knowledge = Knowledge()
        self.builds = Builds(self.name)

    async def ready(self, settings: Settings, caller: Caller, chooser: Chooser) -> Slice:
        """Have the slice open with the limits of ``settings``. Raises BackendError."""
        async with self._lock:
            self.settings = settings
            if self.slice and self._backend != settings.backend.value and not self.jobs:
                await self.close()  # with jobs in it, it stays until they are done
            if self.slice is None:
                self._backend = settings.backend.value
                self.slice, note = await chooser.open_slice(self.name, settings, caller)
                self._notes = [note] if note else []
                self.peak = self.slice.peak() or 0  # of builds before, if it was there
                self.most = 0
                if self.slice.job_names():
                    self.queue.pause(CLAIMED_WITHIN)
            await self._apply(self.slice, limits_of(settings))
            await self.slice.cap(settings.user_memory_max.value)
            return self.slice

    async def _apply(self, opened: Slice, limits: Limits) -> None:
        self.queue.admission.retries = self.settings.retries.value
        asked = limits, jobs_cap(self.settings)
        if asked == self._applied:
            return
        if self._applied is None or limits != self._applied[0]:
            self.missing = await opened.apply(limits)
            self._log_limits(opened, "opened" if self._applied is None else "new limits")
        self._applied = asked
        machine = this_machine()
        self.room.set(opened, *asked, machine.cores)
        self.queue.share(self.room.memory, machine.memory)
        self._plan()
        self.queue.advance()

    def _log_limits(self, opened: Slice, what: str) -> None:
        found = in_force(opened.limits(), self.missing)
        LOG.info("%s: %s (%s): %s", self.name, what, opened.backend, found)
        for note in self._notes:
            LOG.warning("%s: %s", self.name, note)

    async def recall(self, history: History) -> None:
        """Learn from the history of the project, once."""
        root = str(self.settings.root)
        async with self._recalling:
            if self.knowledge.is_recalled(root):
                return
            with contextlib.suppress(TooSlow):
                records = await self.aside.do(lambda: _records(history.path, root))
                await self.knowledge.recall(root, records, self.queue.admission)
            self._planned.clear()
            self._plan()

    def _plan(self) -> None:
        """Once for each room: two builds beside each other may have a limit each."""
        room = lasting(self.room.now())
        if room not in self._planned:
            self._planned.add(room)
            plan_beside(self.queue.admission, room)

    def note(self, build: Build, problem: str | None) -> str:
        """What the user must know once a build: warnings, and what is not enforced.

        problem: with the history.
        """
        lines = [*self.settings.warnings, *self._notes, *([problem] if problem else [])]
        lines.append(shortfall(self.missing, self.settings))
        told = [line for line in lines if line and build.tell_once(line)]
        return "\n".join(f"rocq-exec: {line}" for line in told)

    async def make_job(
        self, numbers: Iterator[int], asked: Asked, build: Build, settings: Settings
    ) -> Job:
        """Make the place of a job, named by the next of ``numbers``. Raises BackendError.

        settings: of its call; those of the project are by now another's, perhaps.
        """
        assert self.slice is not None
        number = next(numbers)
        while f"job-{number}" in self.slice.job_names():
            number = next(numbers)  # a broker of another version has a job of this number
        label = self.label(asked)
        limit = job_memory_max_for(settings, label).value
        adj = 0 if asked.interactive else LATEST
        request = JobRequest(f"job-{number}", limit, adj, asked.interactive)
        place = await self.slice.new_job(request)
        levels = self.slice.levels()
        job = Job(number, asked, settings, label, build, place, levels, limit is not None)
        job.time_max = job_time_max_for(settings, label)
        self.jobs[number] = job
        return job

    async def adopt_job(self, numbers: Iterator[int], asked: Asked, build: Build) -> Job:
        """Take over a job that an earlier broker started. Raises BackendError."""
        assert self.slice is not None
        name = asked.place[1]
        label = self.label(asked)
        limit = job_memory_max_for(self.settings, label).value
        # It has ended, and a new job of ours has its number already: that is not to be touched.
        taken = int(name[4:]) in self.jobs
        request = JobRequest(name, limit, interactive=asked.interactive)
        place = None if taken else await self.slice.adopt_job(request, asked.pid)
        # The number of one that has ended may be another's by now.
        number, settings = int(name[4:]) if place else next(numbers), self.settings
        job = Job(
            number, asked, settings, label, build, place or LostPlace(), asked.levels,
            limit is not None, pid=asked.pid,
        )  # fmt: skip
        job.began(asked.began)
        job.time_max = job_time_max_for(settings, label)
        self.jobs[job.number] = job
        return job

    def label(self, asked: Asked) -> str:
        """The job's file as a user knows it: relative to the project where it lies inside."""
        path = asked.source or os.path.normpath(os.path.join(asked.cwd, asked.file))
        root = str(self.settings.root)
        return os.path.relpath(path, root) if path.startswith(root + "/") else asked.file

    def rescore(self) -> None:
        """Lead the kernel to the job with the least work to lose, should memory run out."""
        scores = self.queue.scores()
        for job in self.jobs.values():
            job.place.rescore(scores.get(job.ticket, 0))

    def others(self, job: Job) -> tuple[int, int]:
        """How many jobs run beside ``job``, and the bytes they have."""
        beside = [other for other in self.jobs.values() if other is not job]
        return len(beside), sum(other.place.use().memory for other in beside)

    def stop(self, why: str) -> tuple[int, int]:
        """Kill every job and release who waits or comes; gives how many of each."""
        self.stops += 1
        released = self.queue.release_all(why) + self.coming
        for job in self.jobs.values():
            job.cancel(why)
        return len(self.jobs), released

    @property
    def stopped(self) -> list[int]:
        """The numbers of the jobs that are stopped (Ctrl-Z)."""
        return [number for number, job in self.jobs.items() if job.stopped]

    @property
    def running_builds(self) -> list[Build]:
        """The builds of the jobs that run."""
        return list({id(job.build): job.build for job in self.jobs.values()}.values())

    @property
    def compiles(self) -> bool:
        """Whether a job runs that is no editor's: those are there all day."""
        return not all(job.asked.interactive for job in self.jobs.values())

    async def close(self) -> None:
        """Release the slice. Only without jobs."""
        if self.slice is not None:
            with contextlib.suppress(BackendError):  # the manager and all it had are gone
                await self.slice.close()
            LOG.info("%s: closed", self.name)
        self.slice = self._applied = None


def _records(path: str, root: str) -> list[JobRecord]:
    """Oldest first. By a connection of its own: this is another thread."""
    history = History(path)
    try:
        return history.jobs_of_project(root, REMEMBERED)[::-1]
    finally:
        history.close()
