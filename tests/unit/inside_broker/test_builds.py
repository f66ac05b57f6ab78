"""Which build a job belongs to."""

from __future__ import annotations

import pytest

from rocqshim.broker import build
from rocqshim.broker.build import Builds
from rocqshim.origin import Origin


class Clock:
    """A clock that the test turns."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The monotonic clock of builds."""
    made = Clock()
    monkeypatch.setattr(build.time, "monotonic", made)
    return made


def test_a_tool_has_one_build_however_quiet_it_was(clock: Clock) -> None:
    builds = Builds()
    first = builds.of(Origin("make-1"))
    clock.now += 3600
    assert builds.of(Origin("make-1")) is first
    assert builds.of(Origin("make-2")) is not first


def test_a_quiet_time_parts_the_builds_of_one_that_lasts(clock: Clock) -> None:
    builds, watch = Builds(), Origin("dune-1", lasts=True)
    first = builds.of(watch)
    clock.now += 20
    assert builds.of(watch) is first
    clock.now += 31.25
    second = builds.of(watch)
    assert second is not first
    assert second.name.startswith("dune-")
    assert builds.of(Origin("build", lasts=True)) is not second


def test_a_job_that_runs_long_is_no_quiet_time(clock: Clock) -> None:
    builds, watch = Builds(), Origin("dune-1", lasts=True)
    first = builds.of(watch)
    clock.now += 100
    builds.touch(first)
    clock.now += 20

    assert builds.of(watch) is first


def test_a_build_beside_one_that_lasts_does_not_keep_it(clock: Clock) -> None:
    builds, watch = Builds(), Origin("dune-1", lasts=True)
    first = builds.of(watch)
    for _ in range(3):
        clock.now += 20.25
        builds.touch(builds.of(Origin("run-1")))

    assert builds.of(watch) is not first


def test_a_thing_is_said_once_to_who_calls_compilers_one_by_one(clock: Clock) -> None:
    builds = Builds()
    told = []
    for number, wait in enumerate([0, 1, 20, 31]):
        clock.now += wait
        told.append(builds.of(Origin(f"exec-{number}")).tell_once("a note"))

    assert told == ["a note", "", "", "a note"]
    assert builds.of(Origin("make-1")).tell_once("a note")


def test_what_sits_in_an_editor_is_not_the_build_that_is_shown() -> None:
    builds = Builds()
    build = builds.of(Origin("make-1"))
    builds.of(Origin("exec-1"), interactive=True)

    assert builds.latest is build


def test_builds_that_are_over_are_forgotten_but_the_last(clock: Clock) -> None:
    builds = Builds()
    running = builds.of(Origin("runs"))
    for number in range(30):
        builds.of(Origin(f"build-{number}"))

    found = [number for number in range(30) if builds.find(f"build-{number}")]
    assert found == list(range(30 - build.KEPT, 30))
    assert builds.find("runs") is builds.of(Origin("runs")) is running  # a job of it is still there
    assert builds.latest is running


def test_one_whose_last_job_has_just_ended_is_kept(clock: Clock) -> None:
    builds = Builds()
    long = builds.of(Origin("long"))
    for number in range(30):
        builds.of(Origin(f"build-{number}"))
    builds.touch(long)
    del long

    assert builds.find("long")
    assert builds.latest is builds.find("build-29")
