"""A look at everything that runs, twice a second: peaks of builds, what each job holds.

memory.peak of the slice is since it was made, and can be reset only from Linux 6.12 on: where it
has risen since the last look, that is what a build had; else it had what is seen. What a job was
promised follows what it holds, and who waits is asked anew.
"""

from __future__ import annotations

import asyncio
import time

from rocqshim.broker.project import Project
from rocqshim.broker.projects import Projects
from rocqshim.broker.samples import follow, sample
from rocqshim.history import History
from rocqshim.history.prune import bound

PERIOD = 0.5  # seconds
LEAST = 0.01  # seconds
BOUND = 3600.0  # seconds of work after which the history is bounded, without waiting for a pause


class Meter:
    """Samples each slice while it has jobs; stops by itself."""

    def __init__(self, projects: Projects, history: History) -> None:
        self._projects, self._history = projects, history
        self._task: asyncio.Task[None] | None = None
        self._bounded = time.monotonic()  # by the broker, at its start

    def start(self) -> None:
        """Begin, if it does not run already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._look():
            await asyncio.sleep(self._pause())
            if time.monotonic() - self._bounded > BOUND:
                self.bound()
        self.bound()

    def _pause(self) -> float:
        """Until the next look: earlier where a job's time is over before."""
        jobs = (job for project in self._projects.all() for job in project.jobs.values())
        left = [job.time_left for job in jobs if not (job.stopped or job.timed_out)]
        return min([PERIOD, *(max(seconds, LEAST) for seconds in left)])

    def bound(self) -> None:
        """Keep the history small: a broker may live for weeks."""
        bound(self._history.database)
        self._bounded = time.monotonic()

    def _look(self) -> bool:
        projects = self._projects.all()
        busy = [each for each in projects if each.jobs and each.slice]
        for project in busy:
            self._look_at(project)
        for project in projects:
            if not project.compiles:
                project.knowledge.quiet()
        return bool(busy) or any(project.queue.admission.aside for project in projects)

    def _look_at(self, project: Project) -> None:
        # First the sum: the watchdog samples all jobs anew for it.
        memory = project.slice.use().memory if project.slice else 0
        for job in project.jobs.values():
            project.queue.look(job.ticket, job.look())
            project.queue.stop(job.ticket, job.look_whether_stopped())
            job.end_in_time()
        follow(project)
        for build in project.running_builds:
            sample(project, build, memory, self._history)
        project.queue.advance()
        project.blocked.look(project.queue.blocked_by())
