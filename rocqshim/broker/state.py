"""Everything that the broker holds as long as it lives."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter

from rocqshim.backend.choose import Chooser
from rocqshim.broker.build import KEPT
from rocqshim.broker.log import LOG
from rocqshim.broker.meter import Meter
from rocqshim.broker.projects import Projects
from rocqshim.history import History, default_path
from rocqshim.history.prune import bound


class Broker:
    """Projects, backends, history and the numbers of jobs. place: its socket."""

    def __init__(self, place: str) -> None:
        self.projects = Projects()
        self.chooser = Chooser(place)
        self.history = History.open(default_path(os.environ))
        self.history.running = self._builds
        bound(self.history.database)
        self.meter = Meter(self.projects, self.history)
        self._apart: dict[str, Counter[str]] = {}
        self._told = ""  # of the history's problem
        self.since = time.monotonic()
        self.numbers = itertools.count(1)
        self.tickets = itertools.count(1)
        self.stopped: set[str] = set()  # SLICE/JOB that ``stop`` killed, until claimed

    def _builds(self) -> set[str]:
        """The builds of which a job runs."""
        jobs = (job for project in self.projects.all() for job in project.jobs.values())
        return {job.build.name for job in jobs}

    def count_apart(self, build: str, word: str) -> None:
        """Count a call that did not run as a job: ``refused``, or ``unlimited``."""
        self._apart.setdefault(build, Counter())[word] += 1
        if len(self._apart) > KEPT:
            del self._apart[next(iter(self._apart))]

    def apart(self, build: str) -> Counter[str]:
        """The calls of a build that did not run as jobs, by word."""
        return self._apart.get(build, Counter())

    def count_from(self, names: list[str]) -> None:
        """Leave out the numbers of the job cgroups that exist."""
        last = max([0, *(int(name[4:]) for name in names)])
        self.numbers = itertools.count(max(next(self.numbers), last + 1))

    def tell_history(self) -> None:
        """Log it when the history cannot be written, once; and that it can be again."""
        problem = self.history.problem or ""
        if problem and problem != self._told:
            LOG.warning("%s", problem)
        elif self._told and not problem:
            LOG.info("The history %s is written again, with all that waited.", self.history.path)
        self._told = problem

    async def close(self, release: bool) -> None:
        """End; ``release`` every slice that has no job."""
        for project in self.projects.all():
            if release and not project.jobs:
                await project.close()
        self.history.close()
        await self.chooser.bus.close()
