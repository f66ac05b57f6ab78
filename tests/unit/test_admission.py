"""Who starts when: single steps by table, and whole builds by hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission import Ticket, may_start

G = 2**30


def plain(*numbers: int) -> list[Ticket]:
    return [Ticket(number, 0, False) for number in numbers]


def needs(number: int, gigabytes: float) -> Ticket:
    return Ticket(number, int(gigabytes * G), False)


def alone(number: int, gigabytes: float = 0) -> Ticket:
    return Ticket(number, int(gigabytes * G), True)


@pytest.mark.parametrize(
    ("waiting", "running", "cap", "expected"),
    [
        ([], [], 4, []),
        (plain(1, 2, 3), [], 2, [1, 2]),
        (plain(3, 1, 2), [], 2, [1, 2]),
        (plain(3), plain(1, 2), 2, []),
        (plain(3), plain(1), 2, [3]),
        (plain(*range(1, 100)), [], None, list(range(1, 100))),
        # The limit was lowered under us; whoever runs stays.
        (plain(5), plain(1, 2, 3), 2, []),
        # Alone goes always, or nothing would ever go on.
        (plain(1, 2), [], 0, [1]),
        ([needs(1, 99)], [], 4, [1]),
        # Declared memory: the sum within memory-max, to the byte.
        ([needs(1, 6), needs(2, 4)], [], 4, [1, 2]),
        ([needs(1, 6), Ticket(2, 4 * G + 1, False)], [], 4, [1]),
        ([needs(2, 5)], [needs(1, 6)], 4, []),
        # Past one that waits for memory go those that declare none, and no others.
        ([needs(2, 8), *plain(3)], [needs(1, 6)], 4, [3]),
        ([needs(2, 8), needs(3, 1), *plain(4)], [needs(1, 6)], 4, [4]),
        ([needs(2, 8), *plain(3, 4, 5)], [needs(1, 6)], 3, [3, 4]),
        # One that needs more than there is must be alone: nobody passes it, nobody joins it.
        ([needs(2, 99), *plain(3)], [needs(1, 6)], 4, []),
        ([needs(1, 99), *plain(2), needs(3, 1)], [], 4, [1]),
        (plain(2), [needs(1, 99)], 4, []),
        # Exclusive: alone, and nobody goes past it.
        ([alone(1), *plain(2)], [], 4, [1]),
        ([alone(2), *plain(3)], plain(1), 4, []),
        (plain(2), [alone(1)], 4, []),
        ([*plain(1), alone(2), *plain(3)], [], 4, [1]),
        ([needs(2, 8), alone(3), *plain(4)], [needs(1, 6)], 4, []),
        ([alone(1), alone(2)], [], None, [1]),
        ([alone(2, 3)], [needs(1, 1)], 4, []),
    ],
)
def test_the_table(
    waiting: list[Ticket], running: list[Ticket], cap: int | None, expected: list[int]
) -> None:
    started = may_start(waiting, running, cap, 10 * G)

    assert [ticket.number for ticket in started] == expected


def test_without_a_limit_no_expectation_waits() -> None:
    assert may_start([needs(2, 500), needs(3, 500)], [needs(1, 500)], None, None) == [
        needs(2, 500),
        needs(3, 500),
    ]


def test_the_lists_of_the_caller_stay_as_they_are() -> None:
    waiting, running = plain(2, 3), plain(1)

    may_start(waiting, running, None, None)

    assert (waiting, running) == (plain(2, 3), plain(1))


LIMIT = 10
tickets = st.builds(
    lambda expected, exclusive: (expected, exclusive),
    st.just(0) | st.integers(0, LIMIT + 3),
    st.sampled_from([False, False, False, True]),
)
arrivals = st.lists(st.lists(tickets, max_size=4), max_size=12)
caps = st.none() | st.integers(1, 4)
limits = st.sampled_from([LIMIT, LIMIT, None])


class Build:
    """A build under ``may_start``, that checks the promises after each event."""

    def __init__(self, cap: int | None, limit: int | None) -> None:
        self.cap, self.limit = cap, limit
        self.waiting: list[Ticket] = []
        self.running: list[Ticket] = []
        self.started: list[int] = []
        self._numbers = 0

    def arrive(self, expected: int, exclusive: bool) -> None:
        self._numbers += 1
        self.waiting.append(Ticket(self._numbers, expected, exclusive))
        self._advance()

    def end(self, index: int) -> None:
        self.running.pop(index % len(self.running))
        self._advance()

    def _advance(self) -> None:
        before = list(self.running)
        for ticket in may_start(self.waiting, self.running, self.cap, self.limit):
            self.waiting.remove(ticket)  # fails for one that was given twice
            self.running.append(ticket)
            self.started.append(ticket.number)
        self._check(before)
        assert not may_start(self.waiting, self.running, self.cap, self.limit)  # it was all

    def _check(self, before: list[Ticket]) -> None:
        assert self.running[: len(before)] == before
        assert self.running or not self.waiting  # progress
        assert self.cap is None or len(self.running) <= self.cap
        if len(self.running) > 1:
            assert not any(ticket.exclusive for ticket in self.running)
            assert self.limit is None or sum(job.expected for job in self.running) <= self.limit
        self._check_no_starvation()

    def _check_no_starvation(self) -> None:
        """The oldest of all is running: so each job's turn comes when those before it are over."""
        alive = [ticket.number for ticket in self.waiting + self.running]
        if alive:
            assert min(alive) in [ticket.number for ticket in self.running]
        for ticket in self.waiting:
            passed_by = [job for job in self.running if job.number > ticket.number]
            assert not any(job.expected or job.exclusive for job in passed_by)
            if passed_by:
                assert ticket.expected
                assert not ticket.exclusive


@settings(deadline=None)
@given(arrivals, caps, limits, st.data())
def test_every_build_keeps_the_promises_and_ends(
    waves: list[list[tuple[int, bool]]], cap: int | None, limit: int | None, data: st.DataObject
) -> None:
    build = Build(cap, limit)
    for wave in waves:
        for expected, exclusive in wave:
            build.arrive(expected, exclusive)
        for _ in range(data.draw(st.integers(0, len(build.running)))):
            build.end(data.draw(st.integers(0, 9)))
    while build.running:
        build.end(data.draw(st.integers(0, 9)))

    assert not build.waiting
    assert sorted(build.started) == list(range(1, sum(map(len, waves)) + 1))


@settings(deadline=None)
@given(st.lists(tickets, min_size=1, max_size=8), caps)
def test_without_declarations_it_is_first_come_first_served(
    kinds: list[tuple[int, bool]], cap: int | None
) -> None:
    waiting = [Ticket(number, 0, exclusive) for number, (_, exclusive) in enumerate(kinds)]

    started = may_start(waiting, [], cap, LIMIT)

    assert started == waiting[: len(started)]


@settings(deadline=None)
@given(st.integers(1, LIMIT), st.integers(2, 4), st.integers(1, 30))
def test_a_stream_of_small_jobs_does_not_hold_up_a_declared_one(
    expected: int, cap: int, small: int
) -> None:
    build = Build(cap, LIMIT)
    build.arrive(LIMIT, False)
    build.arrive(expected, False)
    for _ in range(small):
        build.arrive(0, False)

    build.end(0)  # the first, which the second waits for

    assert 2 in build.started
