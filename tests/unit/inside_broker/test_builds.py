"""Which build a job belongs to."""

from __future__ import annotations

import pytest

from rocqshim.broker import build
from rocqshim.broker.build import Builds


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


def test_a_quiet_time_tells_builds_apart(clock: Clock) -> None:
    builds = Builds()
    first = builds.of("")
    clock.now += 20
    assert builds.of("") is first
    clock.now += 31.25
    assert builds.of("") is not first


def test_a_job_that_runs_long_is_no_quiet_time(clock: Clock) -> None:
    builds = Builds()
    first = builds.of("")
    clock.now += 100
    builds.touch(first)
    clock.now += 20

    assert builds.of("") is first


def test_a_build_without_a_name_beside_one_of_rocqshim_run(clock: Clock) -> None:
    builds = Builds()
    named = builds.of("run")
    unnamed = builds.of("")
    assert unnamed.name and unnamed is not named

    for _ in range(3):  # a run keeps no other build alive
        clock.now += 20.25
        builds.touch(builds.of("run"))

    assert builds.of("run") is named
    assert builds.of("") is not unnamed
    assert builds.latest is not named


def test_builds_that_are_over_are_forgotten_but_the_last(clock: Clock) -> None:
    builds = Builds()
    running = builds.of("runs")
    for number in range(30):
        builds.of(f"build-{number}")

    found = [number for number in range(30) if builds.find(f"build-{number}")]
    assert found == list(range(30 - build.KEPT, 30))
    assert builds.find("runs") is builds.of("runs") is running  # a job of it is still there
    assert builds.latest is running


def test_one_whose_last_job_has_just_ended_is_kept(clock: Clock) -> None:
    builds = Builds()
    long = builds.of("long")
    for number in range(30):
        builds.of(f"build-{number}")
    builds.touch(long)
    del long

    assert builds.find("long")
    assert builds.latest is builds.find("build-29")
