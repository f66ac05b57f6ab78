"""One build under a virtual clock: make asks, the admission decides, memory is used and runs out.

Everything that is decided is decided by rocqshim.admission; here is only what the world does.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field

from rocqshim.admission.admit import Admission
from rocqshim.admission.model import Room
from rocqshim.admission.victim import kill_order
from rocqshim.prediction.model import AGES, MEASURED, Record, Subject
from rocqshim.simulate.make import Make
from rocqshim.simulate.memory import Course, Slice
from rocqshim.simulate.trace import File

LEAN_SAVES = 94 * 2**20  # bytes at least, that a small minor heap saves in a job


@dataclass
class Outcome:
    """How a build went. Bytes times seconds in used, over, under (reserved less used)."""

    makespan: float = 0.0
    kills: int = 0
    repeated: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    done: int = 0
    used: float = 0.0
    over: float = 0.0
    under: float = 0.0

    @property
    def maq(self) -> float:
        """Memory allocation quality: used / (used + over-reserved + under-reserved)."""
        total = self.used + self.over + self.under
        return self.used / total if total else 1.0


@dataclass(frozen=True)
class World:
    """What the build runs on. memory_max: bytes. jobs: make's -j, None for any number."""

    memory_max: int | None
    cores: int | None
    jobs: int | None = None
    ramp: bool = False

    @property
    def room(self) -> Room:
        """What the policy is told. A simulated slice holds no page cache, so nothing is kept."""
        return Room(self.memory_max, self.cores)


class Build:
    """A build of ``files``, to be run once."""

    def __init__(
        self,
        files: Sequence[File],
        subjects: Sequence[Subject],
        admission: Admission,
        world: World,
    ) -> None:
        self._files, self._subjects = files, subjects
        self._admission, self._world = admission, world
        self._make = Make(files, world.jobs)
        self._slice = Slice(world.memory_max)
        self._now = 0.0
        self._ends: list[tuple[float, int, int]] = []  # when, which file, which attempt
        self._looks: list[tuple[float, int, int]] = []
        self._reserved: dict[int, int] = {}
        self.outcome = Outcome()

    def run(self) -> Outcome:
        """Run it to its end."""
        self._step()
        while self._ends:
            full, end = self._slice.full_at(self._now), self._ends[0][0]
            look = self._next_look()
            self._now = max(self._now, min(full, look, end))
            if full < min(end, look):
                self._kill()
            else:
                self._end_all()
            self._look_due()
            self._step()
        self.outcome.makespan = self._now
        return self.outcome

    def _step(self) -> None:
        """All that can happen at this moment: make asks, jobs start, some are killed at once."""
        for number in self._make.ask():
            self._admission.ask(number, self._subjects[number])
        while self._start_one():
            while self._slice.full_at(self._now) <= self._now:
                self._kill()

    def _next_look(self) -> float:
        """When the broker looks again: when a job has got to the next of AGES, while some wait."""
        if not self._is_worth_looking():
            return float("inf")
        return self._looks[0][0] if self._looks else float("inf")

    def _look_due(self) -> None:
        while self._looks and self._looks[0][0] <= self._now and self._is_worth_looking():
            _, number, at = heapq.heappop(self._looks)
            self._look_and_note(number, at)

    def _look_and_note(self, number: int, at: int) -> None:
        course = self._slice.courses.get(number)
        if not course:
            return
        self._look(number)
        while at < len(AGES) and course.started + AGES[at] <= self._now:
            at += 1
        if at < len(AGES):
            heapq.heappush(self._looks, (course.started + AGES[at], number, at))

    def _is_worth_looking(self) -> bool:
        queue = self._admission.queue
        return bool(len(queue.waiting)) and len(queue.running) < (self._world.cores or 10**9)

    def _start_one(self) -> bool:
        run = self._admission.start(self._world.room, self._now)
        if run is None:
            return False
        number, now = run.number, self._now
        file, job = self._files[number], self._admission.jobs[number]
        peak = lean_peak(file.peak) if job.subject.lean else file.peak
        course = Course(now, file.seconds, peak, self._world.ramp)
        self._slice.add(number, course)
        self._reserved[number] = run.reservation
        heapq.heappush(self._ends, (now + file.seconds, number, job.attempt))
        if job.prediction.source not in MEASURED:
            self._look_and_note(number, 0)
        return True

    def _look(self, number: int) -> None:
        """What a job uses, as the broker sees it."""
        if self._admission.jobs[number].prediction.source not in MEASURED:
            use = int(self._slice.courses[number].use(self._now))
            self._admission.look(number, use, self._now)

    def _look_at_all(self) -> None:
        for number in self._slice.courses:
            self._look(number)

    def _end_all(self) -> None:
        """All that end at this moment."""
        while self._ends and self._ends[0][0] <= self._now:
            self._end_next()

    def _end_next(self) -> None:
        _, number, attempt = heapq.heappop(self._ends)
        job = self._admission.jobs.get(number)
        if job is None or job.attempt != attempt:
            return  # that attempt was killed
        course = self._slice.remove(number)
        self._account(number, course.peak, course.seconds)
        self._admission.end(number, _record(job.subject, course))
        self.outcome.done += 1
        self._make.done(number)

    def _kill(self) -> None:
        """The slice is full: the kernel kills whom the policy has led it to."""
        self._look_at_all()
        number = kill_order(self._admission.queue.running.values())[0]
        had = self._slice.had(number, self._now)
        course = self._slice.remove(number)
        name = self._files[number].file
        self._account(number, had, self._now - course.started)
        self.outcome.kills += 1
        if self._admission.killed(number, "oom-slice", had, self._world.room):
            self.outcome.repeated.add(name)
        else:
            self.outcome.failed.append(name)
            self._make.failed()

    def _account(self, number: int, used: int, seconds: float) -> None:
        reserved = self._reserved.pop(number)
        self.outcome.used += used * seconds
        self.outcome.over += max(0, reserved - used) * seconds
        self.outcome.under += max(0, used - reserved) * seconds


def lean_peak(peak: int) -> int:
    """Bytes that a job of this peak needs with a small minor heap."""
    return max(peak // 2, peak - LEAN_SAVES)


def _record(subject: Subject, course: Course) -> Record:
    looks = (age for age in AGES if age <= course.seconds)
    uses = tuple(int(course.use(course.started + age)) for age in looks)
    return Record(subject, course.peak, course.seconds, True, uses)
