"""How a simulated job uses memory, and when the slice is full.

constant: the whole peak from its first moment on, the worst case. ramp: from START of it at the
start in a straight line up to all of it at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

START = 0.2  # of the peak: the compiler and what it loads
MODELS = ("constant", "ramp")


@dataclass
class Course:
    """One run of a job. started, seconds: of the clock. peak: bytes, at its end."""

    started: float
    seconds: float
    peak: int
    ramp: bool

    def use(self, now: float) -> float:
        """Bytes in use."""
        if not self.ramp or not self.seconds:
            return self.peak
        done = min(1.0, max(0.0, (now - self.started) / self.seconds))
        return self.peak * (START + (1.0 - START) * done)

    @property
    def slope(self) -> float:
        """Bytes by which it grows each second."""
        return self.peak * (1.0 - START) / self.seconds if self.ramp and self.seconds else 0.0


class Slice:
    """The simulated slice: the sum over the jobs that run, as a straight line over time."""

    def __init__(self, memory_max: int | None) -> None:
        self.memory_max = memory_max
        self.courses: dict[int, Course] = {}
        self._at_zero = 0.0  # bytes: the line's value at time 0, and its slope
        self._slope = 0.0

    def add(self, number: int, course: Course) -> None:
        """A job starts."""
        self.courses[number] = course
        self._count(course, 1)

    def remove(self, number: int) -> Course:
        """A job has ended. Raises KeyError."""
        course = self.courses.pop(number)
        self._count(course, -1)
        if not self.courses:
            self._at_zero = self._slope = 0.0  # no rounding errors from one load to the next
        return course

    def full_at(self, now: float) -> float:
        """When the sum exceeds memory-max, from ``now`` on; infinity if it does not.

        Half a byte is let pass, for the rounding of the sums.
        """
        if self.memory_max is None:
            return float("inf")
        left = self.memory_max + 0.5 - (self._at_zero + self._slope * now)
        if left < 0:
            return now
        return now + left / self._slope if self._slope > 1e-9 else float("inf")

    def had(self, number: int, now: float) -> int:
        """Bytes that a job got before the slice was full: what the others have left it."""
        others = sum(c.use(now) for other, c in self.courses.items() if other != number)
        most = self.courses[number].use(now)
        return int(most if self.memory_max is None else max(0, min(most, self.memory_max - others)))

    def _count(self, course: Course, sign: int) -> None:
        self._slope += sign * course.slope
        first = course.use(course.started)
        self._at_zero += sign * (first - course.slope * course.started)
