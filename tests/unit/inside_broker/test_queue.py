"""Launchers wait for the policy; whoever leaves makes room, whoever is released hears why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from rocqshim.admission.model import Room
from rocqshim.broker.queue import PORTION, Queue, Released
from rocqshim.prediction.model import Record, Subject

G = 1 << 30


def run(body: Callable[[Queue], Awaitable[None]], room: Room) -> None:
    asyncio.run(_run(body, room))


async def _run(body: Callable[[Queue], Awaitable[None]], room: Room) -> None:
    await body(Queue(lambda: room))


def subject(name: str, expected: int = G) -> Subject:
    return Subject(f"/p/{name}.v", expected=expected)


def test_who_fits_starts_and_the_next_when_it_leaves() -> None:
    async def body(queue: Queue) -> None:
        first, second = queue.enter(1, subject("a")), queue.enter(2, subject("b"))
        assert (first.done(), second.done(), queue.waiting()) == (True, False, [2])
        assert queue.reservation(1) == G

        queue.leave(1)
        queue.leave(1)

        assert second.done()
        assert queue.runs(2)
        assert not queue.runs(1)

    run(body, Room(memory=3 * G // 2))


def test_what_was_learned_lets_more_in() -> None:
    async def body(queue: Queue) -> None:
        queue.enter(1, Subject("/p/a.v", digest="1"))
        queue.learn(1, Record(Subject("/p/a.v", digest="1"), G // 8, 1.0))
        queue.leave(1)
        queue.enter(2, Subject("/p/a.v", digest="1"))

        assert G // 8 <= queue.reservation(2) < G // 4

    run(body, Room(memory=G))


def test_a_killed_job_waits_again() -> None:
    async def body(queue: Queue) -> None:
        queue.enter(1, subject("a", G // 4))
        queue.enter(2, subject("b", G // 4))
        how = queue.killed(2, "oom-slice", 3 * G // 4)
        assert how is not None
        again = queue.wait_again(2)

        assert not again.done()
        queue.leave(1)
        assert again.done()
        assert queue.reservation(2) >= 3 * G // 4

    run(body, Room(memory=G))


def test_a_killed_job_may_start_before_it_is_waited_for() -> None:
    """Its place is still being cleared, for seconds where something does not want to die."""

    async def body(queue: Queue) -> None:
        queue.enter(1, subject("a", G // 4))
        queue.enter(2, subject("b", G // 4))
        queue.enter(3, subject("c"))  # waits, so that there is something to advance
        assert queue.killed(2, "oom-slice", 3 * G // 4)
        assert queue.waiting() == [3, 2]

        queue.leave(1)

        assert queue.runs(2)
        assert queue.wait_again(2).done()
        queue.leave(2)
        assert queue.runs(3)

    run(body, Room(memory=G))


def test_a_killed_job_may_be_released_before_it_is_waited_for() -> None:
    async def body(queue: Queue) -> None:
        queue.enter(1, subject("a", G // 4))
        queue.enter(2, subject("b", G // 4))
        assert queue.killed(2, "oom-slice", G)

        assert queue.release_all("rocqshim stop") == 1

        with pytest.raises(Released):
            queue.wait_again(2).result()
        queue.leave(2)
        assert not queue.runs(2)

    run(body, Room(memory=G))


def test_all_are_released() -> None:
    async def body(queue: Queue) -> None:
        queue.enter(1, subject("a"))
        waiting = [queue.enter(number, subject("b")) for number in (2, 3)]

        assert queue.release_all("rocqshim stop") == 2
        for future in waiting:
            with pytest.raises(Released, match="rocqshim stop"):
                future.result()
        assert queue.waiting() == []

    run(body, Room(cap=1))


def test_one_that_gave_up_takes_no_place() -> None:
    async def body(queue: Queue) -> None:
        queue.enter(1, subject("a"))
        gone = queue.enter(2, subject("b"))
        third = queue.enter(3, subject("c"))
        gone.cancel()
        queue.leave(1)

        assert third.done()
        assert not queue.runs(2)

    run(body, Room(cap=1))


def test_an_adopted_one_counts() -> None:
    async def body(queue: Queue) -> None:
        queue.adopt(1, subject("a"), 2)
        assert not queue.enter(2, subject("b")).done()
        assert queue.admission.jobs[1].attempt == 2

    run(body, Room(cap=1))


def test_an_adopted_one_in_front_of_which_somebody_sits_takes_no_place() -> None:
    async def body(queue: Queue) -> None:
        queue.adopt(1, subject("a"), 1, interactive=True)
        assert queue.enter(2, subject("b"), exclusive=True).done()

    run(body, Room(cap=1))


def test_an_adopted_exclusive_one_stays_alone() -> None:
    async def body(queue: Queue) -> None:
        queue.adopt(1, subject("a"), 1, exclusive=True)
        assert not queue.enter(2, subject("b")).done()

    run(body, Room())


def test_predictions_are_made_anew_for_all_in_the_end() -> None:
    async def body(queue: Queue) -> None:
        names = [f"f{number}" for number in range(3 * PORTION)]
        for number, name in enumerate(names):
            queue.enter(number, Subject(f"/p/{name}.v"))
        before = {queue.admission.jobs[number].prediction.peak for number in queue.waiting()}
        for number in range(50):
            queue.admission.learned.learn(Record(Subject(f"/p/g{number}.v"), 7 << 20, 1.0))
        queue.admission.refresh()
        for _ in range(3):
            queue.advance()

        peaks = {queue.admission.jobs[number].prediction.peak for number in queue.waiting()}
        assert len(peaks) == len(before) == 1
        assert peaks.pop() < before.pop() // 2

    run(body, Room(memory=G, cap=1))
