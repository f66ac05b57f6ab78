"""Which attempt is repeated, and how; and whom the kernel is led to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.admission.again import Again, Attempt, again
from rocqshim.admission.model import Running
from rocqshim.admission.victim import kill_order, oom_score_adj

G = 2**30
VERDICTS = [
    "success", "exit-code", "signal", "oom-job", "oom-slice", "oom-host", "oomd", "timeout",
    "cancelled",
]  # fmt: skip


@pytest.mark.parametrize("verdict", ["oom-slice", "oom-host", "oomd"])
def test_first_more_then_alone_then_with_a_small_heap_then_no_more(verdict: str) -> None:
    first = again(Attempt(1, verdict, 2 * G, 4 * G), 3, 10 * G)
    assert first == Again(6 * G, False, False, "with a larger reservation")

    second = again(Attempt(2, verdict, 6 * G, 5 * G), 3, 10 * G)
    assert second == Again(int(7.5 * G), True, False, "with no other job beside it")

    third = again(Attempt(3, verdict, 9 * G, 10 * G, exclusive=True), 3, 10 * G)
    assert third == Again(10 * G, True, True, "with a smaller minor heap")

    assert again(Attempt(4, verdict, 10 * G, 10 * G, exclusive=True, lean=True), 3, 10 * G) is None


@pytest.mark.parametrize("verdict", ["success", "exit-code", "signal", "timeout", "cancelled"])
def test_what_the_kernel_has_not_proven_is_not_repeated(verdict: str) -> None:
    assert again(Attempt(1, verdict, G, G), 9, None) is None
    assert again(Attempt(1, verdict, G, G, alone=True), 9, None) is None


def test_a_job_at_its_own_limit_is_only_helped_by_the_small_heap() -> None:
    how = again(Attempt(1, "oom-job", 2 * G, 2 * G), 3, 10 * G)

    assert how
    assert (how.exclusive, how.lean) == (False, True)
    assert again(Attempt(2, "oom-job", 2 * G, 2 * G, lean=True), 3, 10 * G) is None


def test_who_was_alone_has_nothing_to_win_but_the_small_heap() -> None:
    how = again(Attempt(1, "oom-slice", 2 * G, 10 * G, alone=True), 3, 10 * G)

    assert how == Again(10 * G, True, True, "with a smaller minor heap")


def test_who_would_need_more_than_there_is_runs_alone_at_once() -> None:
    how = again(Attempt(1, "oom-slice", 2 * G, 9 * G), 3, 20 * G)
    assert how == Again(int(13.5 * G), False, False, "with a larger reservation")

    how = again(Attempt(1, "oom-slice", 11 * G, 9 * G), 3, 10 * G)
    assert how is not None
    assert how.peak == 10 * G


def test_no_retries_none() -> None:
    assert again(Attempt(1, "oom-slice", G, G), 0, 10 * G) is None
    assert again(Attempt(2, "oom-slice", G, G), 1, 10 * G) is None


attempts = st.builds(
    Attempt,
    number=st.integers(1, 5),
    verdict=st.sampled_from(VERDICTS),
    reservation=st.integers(0, 100),
    seen=st.none() | st.integers(0, 100),
    alone=st.booleans(),
    exclusive=st.booleans(),
    lean=st.booleans(),
)


@given(attempts, st.integers(0, 5), st.none() | st.integers(0, 100))
def test_whatever_happens(attempt: Attempt, retries: int, room: int | None) -> None:
    how = again(attempt, retries, room)
    if how is None:
        return
    assert attempt.number <= retries
    assert attempt.verdict in ("oom-job", "oom-slice", "oom-host", "oomd")
    assert room is None or how.peak <= room
    assert how.reason
    # It gets better each time: more memory, or alone, or a small heap.
    more = how.peak > (attempt.seen or 0) or how.peak in (room, 0)
    assert more or how.exclusive or how.lean


def test_the_least_work_is_lost() -> None:
    running = [
        Running(1, started=0.0),
        Running(2, started=9.0),
        Running(3, started=5.0),
        Running(4, started=9.5, exclusive=True),
        Running(5, started=9.0),
    ]

    assert kill_order(running) == [5, 2, 3, 1, 4]
    assert oom_score_adj(running) == {5: 700, 2: 550, 3: 400, 1: 250, 4: 100}


def test_one_job_is_the_first_victim_and_nobody_is_none() -> None:
    assert oom_score_adj([Running(1)]) == {1: 700}
    assert oom_score_adj([]) == {}


@given(st.lists(st.floats(0, 1e6), unique=True, min_size=2, max_size=40))
def test_the_oldest_comes_last(starts: list[float]) -> None:
    running = [Running(number, started=start) for number, start in enumerate(starts)]
    scores = oom_score_adj(running)

    assert scores[starts.index(min(starts))] == 100
    assert scores[starts.index(max(starts))] == 700
    for one in running:
        for other in running:
            assert one.started <= other.started or scores[one.number] >= scores[other.number]
