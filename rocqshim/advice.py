"""The ``-j`` to use: by the rule of thumb, or by a recorded build foreseen at each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim.settings.model import Machine
from rocqshim.settings.profile import BUILT_IN, ONE_COMPILER, jobs_of
from rocqshim.settings.size import human_size

FLAT = 1.02  # times the shortest build: more jobs than that takes are not worth their memory


@dataclass(frozen=True)
class Advice:
    """jobs: for ``-j``. source: ``rule`` or ``history``. reasons: one sentence each."""

    jobs: int
    source: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """A build foreseen with ``-jN``. seconds: None where it fails."""

    jobs: int
    seconds: float | None


def by_rule(machine: Machine, memory_max: int | None) -> Advice:
    """10 to 25 % of the cores, and no more than have room for a compiler in memory-max (bytes)."""
    least, most = (jobs_of(BUILT_IN[name], machine) for name in ("standard", "aggressive"))
    room = machine.memory if memory_max is None else min(memory_max, machine.memory)
    by_memory = max(1, room // ONE_COMPILER)
    reasons = (
        "No recorded build of this project says more, so this is the rule of thumb for "
        f"{machine.cores} cores: -j{least} to -j{most}, which is 10 to 25 % of them, and 2 at "
        "least.",
        f"{human_size(room)} of memory have room for {by_memory} compilers of "
        f"{human_size(ONE_COMPILER)} each.",
        "Through rocq-exec a higher -j does no harm: a job starts when its memory is there.",
    )
    return Advice(min(least, max(by_memory, 1)), "rule", reasons)


def by_history(points: Sequence[Point], files: int, memory_max: int | None, cores: int) -> Advice:
    """Where the curve flattens. points: by jobs, rising; one of them at least succeeds."""
    built = [point for point in points if point.seconds is not None]
    best = min(point.seconds or 0.0 for point in built)
    chosen = next(point for point in built if (point.seconds or 0.0) <= best * FLAT)
    reasons = (
        f"Foreseen from the recorded builds: {files} files, memory-max {human_size(memory_max)}, "
        f"{cores} cores.",
        *(f"-j{point.jobs}: {_told(point)}" for point in points),
        f"From -j{chosen.jobs} on, more jobs save less than 2 %.",
    )
    return Advice(chosen.jobs, "history", reasons)


def counts(cores: int) -> list[int]:
    """The numbers of jobs that are worth a try, up to ``cores``."""
    found, jobs = [], 1
    while jobs < cores:
        found.append(jobs)
        jobs += max(1, jobs // 3)
    return [*found, cores]


def _told(point: Point) -> str:
    return "fails of memory" if point.seconds is None else f"{point.seconds:.1f} s"
