"""Builds under a virtual clock: what the world does, and what the policy promises in it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission.admit import Admission
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.simulate.build import Build, Outcome, World
from rocqshim.simulate.compare import compare, oracle, simulate
from rocqshim.simulate.make import Make
from rocqshim.simulate.memory import Course, Slice
from rocqshim.simulate.static import static_build, static_builds
from rocqshim.simulate.trace import Trace

from .builds import G, any_trace, file, trace


def test_make_asks_for_a_file_when_what_it_needs_is_done() -> None:
    make = Make(trace(file("a", 1, 1), file("b", 1, 1, "a"), file("c", 1, 1)).files, None)

    assert make.ask() == [0, 2]
    assert make.ask() == []
    make.done(0)
    assert make.ask() == [1]


def test_make_asks_for_no_more_than_its_j_and_stops_at_a_failure() -> None:
    make = Make(trace(*[file(str(n), 1, 1) for n in range(5)]).files, 2)

    assert make.ask() == [0, 1]
    make.done(1)
    assert make.ask() == [2]
    make.failed()
    assert make.ask() == []
    assert make.stopped


def test_the_slice_says_when_it_will_be_full() -> None:
    memory = Slice(10)
    memory.add(1, Course(0.0, 10.0, 10, ramp=True))
    assert memory.full_at(0.0) == float("inf") or memory.full_at(0.0) > 10.0

    memory.add(2, Course(0.0, 10.0, 10, ramp=True))
    full = memory.full_at(0.0)
    assert sum(course.use(full) for course in memory.courses.values()) == pytest.approx(10.5)
    assert memory.full_at(9.0) == 9.0
    assert memory.had(1, 9.0) == pytest.approx(10 - memory.courses[2].use(9.0), abs=1)
    memory.remove(1)
    assert memory.full_at(9.0) > 10.0
    assert Slice(None).full_at(0.0) == float("inf")


def test_a_constant_job_has_its_peak_from_the_first_moment() -> None:
    assert Course(5.0, 10.0, 100, ramp=False).use(5.0) == 100
    assert Course(5.0, 10.0, 100, ramp=True).use(5.0) == 20
    assert Course(5.0, 10.0, 100, ramp=True).use(15.0) == 100


BUILD = trace(file("a", 10, 6), file("b", 10, 6), file("c", 4, 3), file("d", 4, 3, "c"))


def test_static_builds_run_out_of_memory_or_take_their_time() -> None:
    builds = {s.jobs: s for s in static_builds(BUILD.files, 10 * G, 3, ramp=False)}

    assert builds[1].makespan == 28
    assert builds[2].makespan is None
    assert static_build(BUILD.files, 4, 15 * G, ramp=False).makespan == 10
    assert static_build(BUILD.files, 3, None, ramp=False).makespan == 10


def test_static_builds_end_where_a_higher_j_changes_nothing() -> None:
    assert [s.jobs for s in static_builds(BUILD.files, None, 64, ramp=False)] == [1, 2, 3, 4]


def test_a_warm_build_runs_what_fits_side_by_side() -> None:
    found = simulate(BUILD, World(10 * G, 4))

    assert (found.makespan, found.kills, found.failed, found.done) == (20, 0, [], 4)
    assert found.maq == 1.0


def test_a_file_that_is_too_large_for_the_slice_fails_and_is_named() -> None:
    found = compare(trace(file("a", 10, 6), file("b", 10, 12, "a")), World(10 * G, 4))

    assert found.outcome.failed == ["b"]
    assert found.outcome.done == 1
    assert found.best_static is None


def test_a_small_heap_can_save_a_file_that_is_a_little_too_large() -> None:
    found = simulate(trace(file("a", 10, 1.05)), World(G, 4))

    assert (found.failed, found.kills, found.done) == ([], 1, 1)
    assert found.repeated == {"a"}


def test_a_cold_build_learns_while_it_runs() -> None:
    same = trace(*[file(f"F{n}.v", 10, 1) for n in range(64)])
    found = simulate(same, World(16 * G, 16), cold=True)

    assert found.kills == 0
    assert found.makespan <= 60  # 40 if all were known


def test_a_wrong_guess_is_killed_and_repeated_and_nothing_is_lost() -> None:
    found = simulate(
        trace(*[file(f"F{n}.v", 10, 6) for n in range(8)]), World(10 * G, 4), cold=True
    )

    assert found.done == 8
    assert not found.failed


def test_the_jobs_of_make_bound_what_runs() -> None:
    free = trace(*[file(f"F{n}.v", 10, 1) for n in range(8)])

    assert simulate(free, World(None, 8, jobs=2)).makespan == 40
    assert simulate(free, World(None, 8)).makespan == 10


def test_a_simulation_is_the_same_each_time() -> None:
    first, second = (simulate(BUILD, World(10 * G, 4), noise=0.1, seed=3) for _ in range(2))

    assert first == second
    assert first != simulate(BUILD, World(10 * G, 4), noise=0.1, seed=4)


# Any build ----------------------------------------------------------------------------------

worlds = st.builds(
    World,
    memory_max=st.integers(10, 30),  # never less than the largest file
    cores=st.integers(1, 5),
    jobs=st.none() | st.integers(1, 6),
    ramp=st.booleans(),
)


def check(found: Outcome, build: Trace) -> None:
    """Every job ends once; nothing fails, as each file alone would fit."""
    assert found.failed == []
    assert found.done == len(build.files)
    assert found.repeated <= {one.file for one in build.files}
    assert found.makespan <= (1 + found.kills) * sum(one.seconds for one in build.files) + 1e-6


@settings(deadline=None, max_examples=80)
@given(any_trace, worlds, st.booleans())
def test_any_build_ends_and_none_fails(build: Trace, world: World, cold: bool) -> None:
    found = simulate(build, world, cold)

    check(found, build)
    if not cold:
        assert found.kills == 0


@settings(deadline=None, max_examples=60)
@given(any_trace, worlds)
def test_a_warm_build_is_at_least_as_good_as_the_oracle(build: Trace, world: World) -> None:
    unbounded = World(world.memory_max, world.cores, None, world.ramp)

    found = simulate(build, unbounded)

    assert found.makespan <= oracle(build, unbounded.room) * 1.03 + 1e-6


class Wrong(Learned):
    """Predicts anything at all."""

    def __init__(self, data: st.DataObject) -> None:
        super().__init__(10)
        self._data = data

    def predict(self, subject: Subject) -> Prediction:
        peak = self._data.draw(st.integers(0, 40))
        source = self._data.draw(st.sampled_from(["unchanged", "default"]))
        seconds = self._data.draw(st.none() | st.floats(0, 20))
        least = super().predict(subject)
        if least.source == "retry":
            return least  # what was seen at a kill is no guess
        return Prediction(peak, seconds, source, "")


@settings(deadline=None, max_examples=60)
@given(any_trace, worlds, st.data())
def test_with_any_wrong_prediction_the_build_still_ends_well(
    build: Trace, world: World, data: st.DataObject
) -> None:
    subjects = [Subject(one.file) for one in build.files]

    check(Build(build.files, subjects, Admission(Wrong(data)), world).run(), build)


class Killing(Build):
    """Somebody else kills jobs, too: the host runs out of memory."""

    left: list[int]

    def _step(self) -> None:
        super()._step()
        while self.left and len(self._slice.courses) > 1 and self.left.pop() == 0:
            self._kill()
            super()._step()


@settings(deadline=None, max_examples=60)
@given(any_trace, worlds, st.lists(st.integers(0, 3), max_size=20))
def test_with_any_kills_every_job_still_ends_once(
    build: Trace, world: World, kills: list[int]
) -> None:
    subjects = [Subject(one.file) for one in build.files]
    killing = Killing(build.files, subjects, Admission(Learned(10)), world)
    killing.left = kills
    found = killing.run()

    running = killing._admission.queue.running
    assert not running
    if found.failed:  # killed more often than it is repeated
        assert found.kills > 3
    else:
        assert found.done == len(build.files)
        assert not len(killing._admission.queue.waiting)
    assert found.done + len(found.failed) <= len(build.files)


def test_a_killed_job_that_was_cut_short_teaches_no_peak() -> None:
    learned = Learned(10 * G)
    learned.learn(Record(Subject("a"), G, 3.0, complete=False))

    assert learned.last("a") is None
