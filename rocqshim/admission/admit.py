"""Admission as a whole: predict, queue, start, follow, learn, repeat. For broker and simulator.

It has no clock and looks at nothing by itself: the caller says what has happened, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from rocqshim.admission.again import Again, Attempt, again
from rocqshim.admission.critical_path import Graph
from rocqshim.admission.model import Room, Running, Waiting
from rocqshim.admission.plan import Known, Plan
from rocqshim.admission.queue import Queue
from rocqshim.prediction.growth import place
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import MEASURED, Prediction, Record, Subject

RETRIES = 3  # a larger reservation, alone, a small heap
UNKNOWN = 1.0  # seconds, for a file of which nothing is known: then paths count files
FRESH = 0.1  # share by which what is known must have grown to predict anew for all that wait


@dataclass
class Job:
    """A job from its arrival to its end. attempt: 1 for the first. again: how it is repeated.

    course: bytes that it has used at AGES, by their place.
    """

    number: int
    subject: Subject
    prediction: Prediction
    exclusive: bool = False
    interactive: bool = False
    attempt: int = 1
    again: Again | None = None
    course: dict[int, int] = field(default_factory=dict)


class Admission:
    """The jobs of one slice. retries: of the settings."""

    def __init__(self, learned: Learned, retries: int = RETRIES) -> None:
        self.learned, self.retries = learned, retries
        self.queue = Queue()
        self.graph = Graph()
        self.jobs: dict[int, Job] = {}
        self.aside: set[int] = set()  # of those that wait: who is stopped itself
        self._priority: Mapping[str, float] = {}
        self._news = 0  # jobs that ended since all predictions were made
        self._known = 0  # jobs that had ended then

    def ask(
        self, number: int, subject: Subject, exclusive: bool = False, interactive: bool = False
    ) -> Prediction:
        """A job asks to start; gives what it is predicted to need."""
        self.learned.expect(len(self.graph.deps), len(self.jobs))
        prediction = self.learned.predict(subject)
        job = Job(number, subject, prediction, exclusive, interactive)
        self.jobs[number] = job
        self.queue.enter(self._waiting(job))
        return prediction

    def known(self) -> dict[str, Known]:
        """The files of the graph that were compiled before, for ``plan``."""
        found = {}
        for file, deps in self.graph.deps.items():
            if last := self.learned.last(file):
                found[file] = Known(last.peak, last.seconds or 0.0, deps)
        return found

    def follow(self, plan: Plan) -> None:
        """Take the order of a plan from now on; files that it does not have keep their own."""
        self._priority, self.queue.patience = plan.priority, plan.patience
        for number in self.queue.waiting.numbers():
            self.queue.update(self._waiting(self.jobs[number]))

    def withdraw(self, number: int) -> None:
        """A job has given up waiting, or was cancelled while it ran."""
        self.queue.withdraw(number)
        self.queue.end(number)
        self.aside.discard(number)
        self.jobs.pop(number, None)

    def start(
        self, room: Room, now: float, is_stopped: Callable[[int], bool] = lambda _number: False
    ) -> Running | None:
        """Start the one whose turn it is, if any may. To be asked until it gives None.

        is_stopped: whether a job that waits is stopped itself: that one is set aside.
        """
        while (job := self.queue.choose(room, now)) and is_stopped(job.number):
            self.queue.withdraw(job.number)
            self.aside.add(job.number)
        return None if job is None else self.queue.start(job.number, now)

    def put_back(self, number: int) -> None:
        """A job that was set aside waits again, where it did."""
        self.aside.discard(number)
        self.queue.enter(self._waiting(self.jobs[number]))

    def look(self, number: int, use: int, now: float) -> None:
        """A running job uses so many bytes now: its reservation follows."""
        run, job = self.queue.running.get(number), self.jobs.get(number)
        if run and job:
            if use:  # else it is not there yet: that tells nothing of what it will need
                job.course.setdefault(place(now - run.started), use)
            is_news = self.learned.watch(job.subject, use, job.course)
            held = self.learned.reservation(job.prediction, use, job.course)
            self.queue.report(number, use, held)
            if is_news:
                self.refresh()

    def end(self, number: int, record: Record) -> None:
        """A job is over for good."""
        self.queue.end(number)
        job = self.jobs.pop(number, None)
        if job:
            self.learned.has_guessed(job.prediction)
        self.learned.learn(record)
        self._news += 1
        if self._news > FRESH * self._known:
            self.refresh()

    def killed(self, number: int, verdict: str, seen: int, room: Room) -> Again | None:
        """A job was killed for memory; how it runs once more (it waits again), or None: it failed.

        verdict: a word of verdict.py. seen: bytes that it had then.
        """
        run, job = self.queue.running[number], self.jobs[number]
        attempt = self._attempt(job, run, verdict, seen)
        self.queue.end(number)
        job.again = again(attempt, self.retries, room.memory)
        if job.again is None:
            del self.jobs[number]
            return None
        job.attempt += 1
        self._repeat(job, job.again)
        self.refresh()
        return job.again

    def refresh(self) -> None:
        """Predict anew for all that wait."""
        self._known += self._news
        self._news = 0
        self.graph.forget_paths()
        self.learned.expect(len(self.graph.deps), len(self.jobs))
        for number in self.queue.waiting.numbers():
            self.refresh_one(self.jobs[number])

    def refresh_one(self, job: Job) -> None:
        """Predict anew for one that waits."""
        if job.prediction.source not in MEASURED:
            job.prediction = self.learned.predict(job.subject)
        elif job.subject.file in self._priority:
            return
        self.queue.update(self._waiting(job))

    def _attempt(self, job: Job, run: Running, verdict: str, seen: int) -> Attempt:
        alone, lean = self.queue.compiling == 1, job.subject.lean
        held = run.reservation
        return Attempt(job.attempt, verdict, held, seen, alone, run.exclusive, lean)

    def _repeat(self, job: Job, how: Again) -> None:
        self.learned.killed(job.subject, how.peak)
        job.subject, job.course = replace(job.subject, lean=how.lean), {}
        job.exclusive = job.exclusive or how.exclusive
        job.prediction = self.learned.predict(job.subject)
        self.queue.enter(self._waiting(job))

    def _waiting(self, job: Job) -> Waiting:
        seconds = job.prediction.seconds
        priority = self._priority.get(job.subject.file)
        if priority is None:
            priority = self.graph.remaining(job.subject.file, self._seconds)
        return Waiting(
            job.number, job.prediction.peak, priority, seconds, job.exclusive, job.interactive
        )

    def _seconds(self, file: str) -> float:
        seconds = self.learned.seconds(file)
        return UNKNOWN if seconds is None else seconds
