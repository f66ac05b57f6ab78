"""Cores for the workers inside jobs (``par:``), from the same cores as the jobs. Pure accounting.

A running job has one core. While its workers run its main process waits, so the first worker of a
job has that core and is never refused: nobody can wait for himself. Each further worker takes one
that no job and no other worker has, or (``have``) counts although there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection


class Tokens:
    """The cores of one slice. cores, jobs: how many there are, and how many jobs run, now.

    stopped: the jobs that are stopped (Ctrl-Z), and their workers with them: they have none.
    """

    def __init__(
        self,
        cores: Callable[[], int],
        jobs: Callable[[], int],
        stopped: Callable[[], Collection[int]] = tuple,
    ) -> None:
        self._cores, self._jobs, self._stopped = cores, jobs, stopped
        self._taken: dict[int, int] = {}  # by job

    @property
    def cores(self) -> int:
        """All cores of the slice."""
        return self._cores()

    @property
    def extra(self) -> int:
        """Cores that workers have, beyond those of their jobs."""
        stopped = self._stopped()
        return sum(max(0, taken - 1) for job, taken in self._taken.items() if job not in stopped)

    def take(self, job: int, wanted: int) -> int:
        """Take up to ``wanted`` for workers of a job; gives how many it got, perhaps none."""
        taken = self._taken.get(job, 0)
        spare = max(0, self._cores() - self._jobs() - self.extra)
        got = max(0, min(wanted, spare + (taken == 0)))
        self._taken[job] = taken + got
        return got

    def have(self, job: int, count: int) -> None:
        """Workers of a job run, whether there are cores for them or not."""
        self._taken[job] = self._taken.get(job, 0) + count

    def give_back(self, job: int, count: int) -> None:
        """Workers of a job are done."""
        self._taken[job] = max(0, self._taken.get(job, 0) - count)

    def forget(self, job: int) -> None:
        """The job is over."""
        self._taken.pop(job, None)
