"""The queue of one slice: launchers that wait for the policy (admission/) to let them start."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from itertools import islice

from rocqshim.admission.admit import Admission, Job
from rocqshim.admission.again import Again
from rocqshim.admission.model import Room, Running
from rocqshim.admission.reason import Reason, why
from rocqshim.admission.victim import oom_score_adj
from rocqshim.backend.processes import are_stopped
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Prediction, Record, Subject

Admitted = asyncio.Future[None]
JUST_ASKED = 0.01  # seconds
PORTION = 64  # predictions, 20 µs each; made with each arrival, each end and each look


class Released(Exception):
    """The job was taken out of the queue; ``str()`` is the line for its user."""


class PiecemealAdmission(Admission):
    """Predicts anew in portions: with 10,000 waiting, all at once would take half a second."""

    def __init__(self, learned: Learned) -> None:
        super().__init__(learned)
        self._stale: deque[int] = deque()

    def refresh(self) -> None:
        """What is predicted of those that wait is old; `refresh_some` sees to it."""
        self._known, self._news = self._known + self._news, 0
        self.graph.forget_paths()
        self._stale = deque(self.queue.waiting.numbers())

    def refresh_some(self, count: int) -> None:
        """Predict anew for the next ``count`` of them, in order of arrival."""
        for _ in range(min(count, len(self._stale))):
            number = self._stale.popleft()
            if number in self.queue.waiting:
                self.refresh_one(self.jobs[number])


class Queue:
    """Who waits and who runs, by the numbers of their tickets. room: what there is, now."""

    def __init__(self, room: Callable[[], Room] = Room) -> None:
        self.admission = PiecemealAdmission(Learned())
        self._room = room
        self._paused_until = float("-inf")
        self._futures: dict[int, Admitted] = {}
        self._again: dict[int, Admitted] = {}  # of those, or done already: not asked for yet
        self._since: dict[int, float] = {}
        self._launchers: dict[int, int] = {}

    def enter(
        self,
        number: int,
        subject: Subject,
        exclusive: bool = False,
        interactive: bool = False,
        launcher: int = 0,
    ) -> Admitted:
        """Queue a job; the future is done when it may start (it then counts as running).

        launcher: its pid; while that is stopped, the job does not start.
        """
        self._launchers[number] = launcher
        self.admission.ask(number, subject, exclusive, interactive)
        return self._wait(number)

    def share(self, memory: int | None, machine: int | None = None) -> None:
        """The jobs have so many bytes for all of them now, of so many that the machine has."""
        self.admission.learned.share(memory, machine)
        self.admission.refresh()

    def adopt(
        self,
        number: int,
        subject: Subject,
        attempt: int,
        exclusive: bool = False,
        interactive: bool = False,
    ) -> None:
        """A job runs already: an earlier broker has started it."""
        prediction = self.admission.learned.predict(subject)
        job = Job(number, subject, prediction, exclusive, interactive, attempt)
        self.admission.jobs[number] = job
        run = Running(
            number, prediction.peak, 0, time.monotonic(), prediction.seconds, exclusive, interactive
        )
        self.admission.queue.adopt(run)

    def killed(self, number: int, verdict: str, seen: int) -> Again | None:
        """A running job was killed for memory. How it runs again, or None: it has failed.

        From now on it waits, and may start (or be released) before `wait_again` is called.
        """
        how = self.admission.killed(number, verdict, seen, self._room())
        if how:
            self._again[number] = self._ask(number)
        return how

    def wait_again(self, number: int) -> Admitted:
        """Wait as `enter` does, for a job that `killed` has queued again."""
        self.advance()
        return self._again.pop(number)

    def learn(self, number: int, record: Record) -> None:
        """A running job has ended by itself."""
        self.admission.end(number, record)

    def leave(self, number: int) -> None:
        """The job is over, or gave up waiting; the next may start. May be called twice."""
        self._futures.pop(number, None)
        self._again.pop(number, None)
        self._since.pop(number, None)
        self._launchers.pop(number, None)
        self.admission.withdraw(number)
        self.advance()

    def prediction(self, number: int) -> Prediction | None:
        """What the job is predicted to need."""
        job = self.admission.jobs.get(number)
        return job.prediction if job else None

    def runs(self, number: int) -> bool:
        """Whether it counts as running."""
        return number in self.admission.queue.running and number in self.admission.jobs

    def reservation(self, number: int) -> int:
        """Bytes that are promised to a running job."""
        run = self.admission.queue.running.get(number)
        return run.reservation if run else 0

    def look(self, number: int, held: int) -> None:
        """A running job holds so many bytes now."""
        self.admission.look(number, held, time.monotonic())

    def stop(self, number: int, stopped: bool) -> None:
        """A running job has been stopped (Ctrl-Z), or goes on."""
        self.admission.queue.stop(number, stopped)

    def scores(self) -> dict[int, int]:
        """The oom_score_adj of each running job."""
        return oom_score_adj(self.admission.queue.running.values())

    @property
    def held(self) -> int:
        """Bytes that are promised to running jobs or that they hold, together."""
        return self.admission.queue.held

    def pause(self, seconds: float) -> None:
        """Start nobody for so long, but who is interactive; 0: go on."""
        self._paused_until = time.monotonic() + seconds
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds + 0.1, self.advance)
        self.advance()

    @property
    def is_paused(self) -> bool:
        """Whether somebody has paused it."""
        return time.monotonic() < self._paused_until

    def waits_since(self, number: int) -> float:
        """When a job that waits has asked, by the monotonic clock."""
        return self._since.get(number, time.monotonic())

    def reason(self, number: int) -> Reason:
        """Why a job waits."""
        queue, room = self.admission.queue, self._room()
        if self.is_paused:
            return Reason("paused")
        if number in self.admission.aside:
            return Reason("stopped")
        if number not in queue.waiting:
            return Reason("turn")
        return why(queue.waiting.get(number), queue, room)

    def blocked_by(self) -> str:
        """Why the first in order waits, a word of admission.reason; "" if nobody does."""
        first = self.admission.queue.waiting.first()
        return self.reason(first.number).word if first else ""

    def waiting(self) -> list[int]:
        """The numbers of the tickets that wait, in order of arrival."""
        return list(self._futures)

    def release_all(self, why: str) -> int:
        """Take every waiting ticket out; gives how many there were."""
        released = list(self._futures.items())
        self._futures.clear()
        for number, future in released:
            self.admission.withdraw(number)
            if not future.done():
                future.set_exception(Released(why))
                future.exception()  # asked for: nobody may be there any more to do it
        return len(released)

    def advance(self) -> None:
        """Start whom the policy lets start."""
        self.admission.refresh_some(PORTION)
        self._put_back()
        while self._futures and (not self.is_paused or self.admission.queue.has_interactive):
            run = self.admission.start(self._room(), time.monotonic(), self._is_stopped)
            if run is None:
                return
            future = self._futures.pop(run.number, None)
            if future is None or future.done():
                self.admission.withdraw(run.number)  # its launcher is on its way out
            else:
                future.set_result(None)

    def _is_stopped(self, number: int) -> bool:
        # Who has just asked is not: a look takes 20 µs, which each launcher would wait for.
        waited = time.monotonic() - self.waits_since(number)
        return waited > JUST_ASKED and are_stopped([self._launchers.get(number, 0)])

    def _put_back(self) -> None:
        for number in islice(sorted(self.admission.aside), PORTION):
            if not self._is_stopped(number):
                self.admission.put_back(number)

    def _wait(self, number: int) -> Admitted:
        future = self._ask(number)
        self.advance()
        return future

    def _ask(self, number: int) -> Admitted:
        future: Admitted = asyncio.get_running_loop().create_future()
        self._futures[number], self._since[number] = future, time.monotonic()
        return future
