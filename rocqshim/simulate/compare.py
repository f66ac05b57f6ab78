"""A trace simulated, with all that its figures are measured by beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from rocqshim.admission.admit import Admission
from rocqshim.admission.critical_path import remaining_paths
from rocqshim.admission.model import Room
from rocqshim.admission.plan import PATIENT, Foresight, Known, lower_bound, plan
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Record, Subject
from rocqshim.simulate.build import Build, Outcome, World
from rocqshim.simulate.static import Static, static_builds
from rocqshim.simulate.trace import File, Trace

BUILDS_BEFORE = 4  # recorded builds, in a warm simulation


@dataclass(frozen=True)
class Comparison:
    """One simulation. Times in seconds."""

    trace: Trace
    world: World
    cold: bool
    outcome: Outcome
    lower_bound: float
    oracle: float
    static: list[Static]

    @property
    def best_static(self) -> Static | None:
        """The fastest -j that survives."""
        alive = [s for s in self.static if s.makespan is not None]
        return min(alive, key=lambda s: (s.makespan or 0.0, s.jobs), default=None)


def compare(
    trace: Trace, world: World, cold: bool = False, noise: float = 0.0, seed: int = 0
) -> Comparison:
    """Simulate a trace, and find its oracle, lower bound and static builds."""
    files, room = known(trace.files), Room(world.memory_max, world.cores)
    return Comparison(
        trace,
        world,
        cold,
        simulate(trace, world, cold, noise, seed),
        lower_bound(files, room),
        oracle(trace, room),
        static_builds(trace.files, world.memory_max, world.cores or 1, world.ramp),
    )


def simulate(
    trace: Trace, world: World, cold: bool = False, noise: float = 0.0, seed: int = 0
) -> Outcome:
    """One build. cold: nothing was built before. noise: share by which builds differ."""
    subjects, random = _subjects(trace.files), Random(seed)
    admission = Admission(Learned(world.memory_max))
    for file in trace.files:
        admission.graph.learn(file.file, file.deps)
    if not cold:
        for _ in range(BUILDS_BEFORE):
            for file, subject in zip(_noisy(trace.files, noise, random), subjects, strict=True):
                admission.learned.learn(Record(subject, file.peak, file.seconds))
        admission.follow(plan(admission.known(), world.room))
    return Build(_noisy(trace.files, noise, random), subjects, admission, world).run()


def oracle(trace: Trace, room: Room) -> float:
    """Seconds of the all-knowing list schedule: by critical path, whoever fits goes."""
    foresight = Foresight(known(trace.files), room)
    return foresight.forwards(foresight.paths(), PATIENT).makespan


def known(files: Sequence[File]) -> dict[str, Known]:
    """A trace's files as they truly are."""
    return {file.file: Known(file.peak, file.seconds, file.deps) for file in files}


def _noisy(files: Sequence[File], noise: float, random: Random) -> Sequence[File]:
    if not noise:
        return files

    def change(value: float) -> float:
        return value * random.uniform(1.0 - noise, 1.0 + noise)

    return [replace(f, seconds=change(f.seconds), peak=int(change(f.peak))) for f in files]


def _subjects(files: Sequence[File]) -> list[Subject]:
    """What stands for the size of the .vo files that a file loads: how many files it needs."""
    deps = {file.file: file.deps for file in files}
    depth = remaining_paths(_turned(deps), lambda _: 1.0)
    return [Subject(file.file, loads=int(depth[file.file])) for file in files]


def _turned(deps: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    turned: dict[str, list[str]] = {file: [] for file in deps}
    for file, needs in deps.items():
        for need in needs:
            turned[need].append(file)
    return turned
