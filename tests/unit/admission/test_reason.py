"""Why a job waits is what keeps the queue from choosing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.admission.model import Room, Waiting
from rocqshim.admission.queue import Queue
from rocqshim.admission.reason import WORDS, Reason, why

G = 2**30


def queue_with(running: int, *, peak: int = G, exclusive: bool = False) -> Queue:
    """A queue in which so many jobs run."""
    queue = Queue()
    for number in range(running):
        queue.enter(Waiting(number, peak, exclusive=exclusive))
        queue.start(number)
    return queue


@pytest.mark.parametrize(
    ("room", "job", "reason"),
    [
        (Room(), Waiting(9), Reason("turn")),
        (Room(cores=2), Waiting(9), Reason("cores")),
        (Room(cap=2), Waiting(9), Reason("jobs")),
        (Room(calm=False), Waiting(9), Reason("pressure")),
        (Room(memory=4 * G), Waiting(9, 3 * G), Reason("memory", 3 * G, 2 * G)),
        (Room(memory=G), Waiting(9, 3 * G), Reason("memory", 3 * G, 0)),
        (Room(memory=9 * G, host=3 * G), Waiting(9, 3 * G), Reason("host", 3 * G, G)),
        (Room(), Waiting(9, exclusive=True), Reason("exclusive")),
    ],
)
def test_each_reason(room: Room, job: Waiting, reason: Reason) -> None:
    assert why(job, queue_with(2), room) == reason


def test_beside_one_that_runs_alone() -> None:
    assert why(Waiting(9), queue_with(1, exclusive=True), Room()) == Reason("exclusive")


rooms = st.builds(
    Room,
    memory=st.none() | st.integers(0, 10),
    cores=st.none() | st.integers(1, 4),
    cap=st.none() | st.integers(1, 4),
    host=st.none() | st.integers(0, 10),
    calm=st.booleans(),
)


@given(rooms, st.lists(st.integers(0, 5), max_size=4), st.integers(0, 9), st.booleans())
def test_only_whose_turn_it_is_may_start(
    room: Room, running: list[int], peak: int, exclusive: bool
) -> None:
    queue = Queue()
    for number, need in enumerate(running):
        queue.enter(Waiting(number, need))
        queue.start(number)
    job = Waiting(99, peak, exclusive=exclusive)
    queue.enter(job)

    reason = why(job, queue, room)

    assert reason.word in WORDS
    assert (queue.choose(room) is not None) == (reason.word == "turn")
