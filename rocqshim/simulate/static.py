"""What make alone would do: ``-jN`` under the same memory-max, without any policy."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rocqshim.simulate.make import Make
from rocqshim.simulate.memory import Course, Slice
from rocqshim.simulate.trace import File

ALL = 32  # up to so many every -j is tried, then about every eighth


@dataclass(frozen=True)
class Static:
    """A ``make -jN``. makespan: seconds, None if it ran out of memory. most: jobs at once."""

    jobs: int
    makespan: float | None
    most: int


def static_builds(
    files: Sequence[File], memory_max: int | None, cores: int, ramp: bool
) -> list[Static]:
    """make -j1 up to one for each core; ends early where a higher -j changes nothing."""
    found: list[Static] = []
    for jobs in _counts(cores):
        found.append(static_build(files, jobs, memory_max, ramp))
        if found[-1].most < jobs:
            break
    return found


def _counts(cores: int) -> Iterator[int]:
    jobs = 1
    while jobs < cores:
        yield jobs
        jobs += 1 if jobs < ALL else jobs // 8
    yield cores


def static_build(files: Sequence[File], jobs: int, memory_max: int | None, ramp: bool) -> Static:
    """Run one; ends at the first moment at which memory runs out."""
    make, memory = Make(files, jobs), Slice(memory_max)
    ends: list[tuple[float, int]] = []
    now, most = 0.0, 0
    while True:
        for number in make.ask():
            file = files[number]
            memory.add(number, Course(now, file.seconds, file.peak, ramp))
            heapq.heappush(ends, (now + file.seconds, number))
        most = max(most, len(ends))
        if not ends:
            return Static(jobs, now, most)
        if memory.full_at(now) < ends[0][0]:
            return Static(jobs, None, most)
        now, number = heapq.heappop(ends)
        memory.remove(number)
        make.done(number)
