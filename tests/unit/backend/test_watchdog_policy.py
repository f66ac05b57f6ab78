from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from rocqshim.backend.watch_policy import (
    CALM,
    CLOSE,
    FAST,
    PATIENCE,
    SLOWEST,
    JobState,
    pause,
    victims,
)

G = 1 << 30
SIZE = st.integers(0, 40 * G)
LIMIT = st.none() | st.integers(1, 100 * G)


@st.composite
def job_lists(draw: st.DrawFn) -> list[JobState]:
    ages = draw(st.lists(st.integers(0, 10**6), unique=True, max_size=8))
    dying = st.none() | st.floats(0, 2 * PATIENCE)
    return [
        JobState(f"job-{number}", age, draw(SIZE), draw(LIMIT), draw(dying))
        for number, age in enumerate(ages)
    ]


def jobs(*sizes: float) -> list[JobState]:
    """Jobs with these GiB, the oldest first."""
    return [JobState(f"job-{n}", 100 - n, int(size * G)) for n, size in enumerate(sizes)]


def names(found: list[JobState], memory_max: int | None) -> list[str]:
    return [victim.name for victim in victims(found, memory_max)]


@given(job_lists())
def test_nobody_dies_without_limits(found: list[JobState]) -> None:
    free = [dataclasses.replace(job, memory_max=None) for job in found]

    assert victims(free, None) == []


@given(job_lists(), LIMIT)
def test_whoever_dies_lives_and_a_limit_is_exceeded(
    found: list[JobState], limit: int | None
) -> None:
    by_name = {job.name: job for job in found}

    for victim in victims(found, limit):
        job = by_name[victim.name]
        assert job.dying_for is None
        assert victim.memory == job.memory
        if victim.killed_for == "job_memory_max":
            assert job.memory_max is not None and job.memory > job.memory_max
        else:
            assert limit is not None and sum(each.memory for each in found) > limit


@given(job_lists(), LIMIT)
def test_the_slice_costs_one_job_at_a_time(found: list[JobState], limit: int | None) -> None:
    for_slice = [each for each in victims(found, limit) if each.killed_for == "memory_max"]
    awaited = [job for job in found if job.dying_for is not None and job.dying_for < PATIENCE]

    assert len(for_slice) <= (0 if awaited else 1)


@given(job_lists(), LIMIT)
def test_the_oldest_dies_only_if_it_alone_exceeds_or_is_the_last(
    found: list[JobState], limit: int | None
) -> None:
    alive = sorted((job for job in found if job.dying_for is None), key=lambda job: -job.age)

    for victim in victims(found, limit):
        if victim.killed_for == "memory_max" and victim.name == alive[0].name:
            assert len(alive) == 1 or (limit is not None and alive[0].memory > limit)


@given(job_lists(), st.integers(1, 100 * G))
def test_an_exceeded_slice_is_always_brought_below_its_limit(
    found: list[JobState], limit: int
) -> None:
    left = [dataclasses.replace(job, dying_for=None) for job in found]
    for _ in found:
        gone = {victim.name for victim in victims(left, limit)}
        left = [job for job in left if job.name not in gone]

    assert sum(job.memory for job in left) <= limit


def test_the_youngest_of_equals_dies() -> None:
    assert names(jobs(2, 2, 2), 5 * G) == ["job-2"]


def test_one_that_has_just_started_does_not_die_for_the_others() -> None:
    assert names(jobs(3, 2, 0.1), 5 * G) == ["job-1"]


def test_the_young_do_not_die_for_an_old_one_that_exceeds_alone() -> None:
    assert names(jobs(6, 1, 1), 5 * G) == ["job-0"]


def test_where_no_end_of_one_is_enough_the_youngest_of_substance_dies() -> None:
    assert names(jobs(4.9, 2, 2, 2, 0.1), 5 * G) == ["job-3"]


def test_where_only_the_oldest_has_anything_the_youngest_dies() -> None:
    assert names(jobs(5, 0.1, 0.1), 5 * G) == ["job-2"]


def test_a_job_above_its_own_limit_dies_and_may_be_enough_for_the_slice() -> None:
    over = JobState("big", 100, 4 * G, memory_max=3 * G)

    found = victims([over, *jobs(2)], 5 * G)

    assert [(each.name, each.killed_for, each.memory) for each in found] == [
        ("big", "job_memory_max", 4 * G)
    ]


def test_the_next_dies_only_when_the_first_has_given_back_its_memory() -> None:
    first, second = jobs(4, 4)
    dying = dataclasses.replace(second, dying_for=0.3)

    assert names([first, dying], 5 * G) == []
    assert names([first], 3 * G) == ["job-0"]


def test_a_killed_job_that_does_not_go_away_holds_nobody_up_for_ever() -> None:
    first, second, stuck = jobs(2, 2, 2)
    stuck = dataclasses.replace(stuck, dying_for=PATIENCE + 1)

    assert names([first, second, stuck], 5 * G) == ["job-1"]


@given(job_lists(), LIMIT, st.floats(-50e9, 50e9), st.floats(0, 10))
def test_the_pause_is_bounded(
    found: list[JobState], limit: int | None, growth: float, cost: float
) -> None:
    assert FAST <= pause(found, limit, growth, cost) <= SLOWEST


def test_it_looks_more_often_the_nearer_the_limit_is() -> None:
    assert pause(jobs(1, 1), 10 * G, growth=0, cost=0) == CALM
    assert pause(jobs(5, 4.5), 10 * G, growth=0, cost=0) == CLOSE
    assert pause(jobs(4, 4), 10 * G, growth=2.0 * G, cost=0) == CALM
    assert pause(jobs(4, 4), 10 * G, growth=20.0 * G, cost=0) == CLOSE
    assert pause(jobs(4, 4), 10 * G, growth=100.0 * G, cost=0) == FAST


def test_a_job_near_its_own_limit_is_watched_as_closely() -> None:
    near = JobState("job", 1, 95, memory_max=100)

    assert pause([near], None, growth=0, cost=0) == CLOSE


def test_a_costly_sample_is_not_taken_often() -> None:
    assert pause(jobs(9.9), 10 * G, growth=1e12, cost=0.01) == 0.2
    assert pause(jobs(9.9), 10 * G, growth=1e12, cost=0.3) == SLOWEST


def before_a_person(*sizes: float) -> list[JobState]:
    """As ``jobs``, but the first one is an editor's server."""
    first, *others = jobs(*sizes)
    return [dataclasses.replace(first, interactive=True), *others]


def test_a_compiler_dies_before_an_editors_server() -> None:
    assert names(before_a_person(4, 1), 4 * G) == ["job-1"]
    assert names(before_a_person(3, 0.1, 2), 4 * G) == ["job-2"]
    younger = [dataclasses.replace(job, interactive=job.name == "job-1") for job in jobs(3, 2)]
    assert names(younger, 4 * G) == ["job-0"]


def test_the_server_dies_if_it_exceeds_alone_or_nothing_else_is_there() -> None:
    assert names(before_a_person(5, 0.5, 0.1), 4 * G) == ["job-0"]
    both = [dataclasses.replace(job, interactive=True) for job in jobs(3, 2)]
    assert names(both, 4 * G) == ["job-1"]


@given(job_lists(), LIMIT, st.sets(st.integers(0, 7)))
def test_it_never_dies_for_the_slice_while_a_compiler_lives(
    found: list[JobState], limit: int | None, before: set[int]
) -> None:
    marked = [dataclasses.replace(job, interactive=n in before) for n, job in enumerate(found)]
    by_name = {job.name: job for job in marked}
    compilers = [job for job in marked if not job.interactive and job.dying_for is None]

    for victim in victims(marked, limit):
        if victim.killed_for == "memory_max" and by_name[victim.name].interactive:
            assert not compilers or (limit is not None and victim.memory > limit)
