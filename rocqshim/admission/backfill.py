"""Back-filling past a job that was overtaken often enough: nobody may delay it any more.

The rule of EASY schedulers: foresee when enough memory will be free for it; who fits in now may
go if it has ended by then, or if it takes only what that job will leave.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from rocqshim.admission.model import Room, Running, Waiting

if TYPE_CHECKING:
    from rocqshim.admission.queue import Queue

LOOKED_AT = 64  # waiting jobs that fit; who is further back is not worth the time
OVERRUN = 0.1  # of its age: what a job that is over its time is taken to need still


class Backfill:
    """The head of the queue, when it can start, and what it leaves then."""

    def __init__(self, head: Waiting, room: Room, queue: Queue) -> None:
        self._head, self._room, self._queue = head, room, queue

    def choose(self, free: float, now: float) -> Waiting | None:
        """The first job in order that fits and does not delay the head."""
        start, spare = self._foresee(free, now)
        for job in islice(self._queue.waiting.fitting(free), LOOKED_AT):
            in_time = job.seconds is not None and now + job.seconds <= start
            if job is not self._head and (in_time or job.peak <= spare):
                return job
        return None

    def _foresee(self, free: float, now: float) -> tuple[float, float]:
        """When the head fits (minus infinity if nobody knows), and bytes that it leaves then."""
        # An editor's server may last for days: nobody waits for the memory that it has.
        every = [run for run in self._queue.running.values() if not run.interactive]
        runs = [run for run in every if not run.stopped]
        if self._head.exclusive or any(run.seconds is None for run in runs):
            return self._alone(every, now)
        for run in sorted(runs, key=lambda run: _end(run, now)):
            free += run.held
            if free >= self._head.peak:
                return _end(run, now), free - self._head.peak
        return self._alone(every, now)  # more than there is: it starts when it is alone

    def _alone(self, runs: list[Running], now: float) -> tuple[float, float]:
        """It starts when all these have ended, and leaves nothing."""
        if any(run.stopped for run in runs):  # until their user says so: nobody delays it any more
            return float("inf"), float("inf")
        if any(run.seconds is None for run in runs):
            return float("-inf"), -1.0
        return max((_end(run, now) for run in runs), default=now), -1.0


def _end(run: Running, now: float) -> float:
    expected = run.started + (run.seconds or 0.0)
    return max(expected, now + OVERRUN * (now - run.started))
