"""Who starts when: single steps by table, then any sequence of events by hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission.model import Room, Running, Waiting, room_for_jobs
from rocqshim.admission.queue import Queue

G = 2**30
TEN = Room(memory=10 * G)


def job(number: int, gigabytes: float = 0, priority: float = 0, **more: object) -> Waiting:
    return Waiting(number, int(gigabytes * G), priority, **more)  # type: ignore[arg-type]


def runs(number: int, gigabytes: float = 0, **more: object) -> Running:
    return Running(number, int(gigabytes * G), **more)  # type: ignore[arg-type]


def started(queue: Queue, room: Room, now: float = 0.0) -> list[int]:
    """All that start now."""
    found = []
    while chosen := queue.choose(room, now):
        queue.start(chosen.number, now)
        found.append(chosen.number)
    return found


def queue_of(waiting: list[Waiting], running: list[Running], patience: int = 200) -> Queue:
    queue = Queue(patience)
    for run in running:
        queue.adopt(run)
    for one in waiting:
        queue.enter(one)
    return queue


@pytest.mark.parametrize(
    ("waiting", "running", "room", "expected"),
    [
        ([], [], TEN, []),
        # Longest remaining path first, then the order of arrival.
        ([job(1), job(2, priority=5), job(3, priority=5)], [], Room(cores=2), [2, 3]),
        # Cores and the setting `jobs`.
        ([job(3)], [runs(1), runs(2)], Room(cores=2), []),
        ([job(3), job(4)], [runs(1)], Room(cores=8, cap=2), [3]),
        # Who is stopped (Ctrl-Z) has no core, and all its memory.
        ([job(3), job(4)], [runs(1, stopped=True)], Room(cores=1, cap=1), [3]),
        ([job(3, 5)], [runs(1, 6, stopped=True)], TEN, []),
        ([job(3, 99)], [runs(1, stopped=True)], TEN, []),
        ([job(3, exclusive=True)], [runs(1, stopped=True)], TEN, []),
        ([job(n) for n in range(1, 100)], [], Room(), list(range(1, 100))),
        # The limit was lowered under us; whoever runs stays.
        ([job(5)], [runs(1), runs(2), runs(3)], Room(cap=2), []),
        # Alone goes always, or nothing would ever go on.
        ([job(1, 99), job(2)], [], Room(memory=10 * G, cores=0, host=0, calm=False), [1]),
        # Memory, to the byte.
        ([job(1, 6), job(2, 4)], [], TEN, [1, 2]),
        ([job(1, 6), Waiting(2, 4 * G + 1)], [], TEN, [1]),
        ([job(2, 5)], [runs(1, 6)], TEN, []),
        # What runs counts with what it uses, if that is more than was promised.
        ([job(2, 5)], [runs(1, 1, use=6 * G)], TEN, []),
        # Smaller ones go past one that has no room yet.
        ([job(2, 8, 9), job(3, 1), job(4, 4)], [runs(1, 6)], TEN, [3]),
        # Exclusive: alone; until then others go on.
        ([job(1, 1, 9, exclusive=True), job(2, 1)], [], TEN, [1]),
        ([job(2, 1)], [runs(1, 1, exclusive=True)], TEN, []),
        ([job(2, 1, 9, exclusive=True), job(3, 1)], [runs(1)], TEN, [3]),
        # The host: what is promised and not taken yet is not there for others.
        ([job(2, 3)], [runs(1, 4, use=1 * G)], Room(memory=10 * G, host=6 * G), [2]),
        ([job(2, 3)], [runs(1, 4, use=1 * G)], Room(memory=10 * G, host=6 * G - 1), []),
        # Memory pressure: nobody joins.
        ([job(2)], [runs(1)], Room(calm=False), []),
        # Somebody sits in front of it.
        ([job(2, 99, interactive=True)], [runs(1, 9)], Room(memory=10 * G, cores=1), [2]),
        # An editor's server may last for days: it holds up nobody who goes alone, and no core.
        ([job(2, 99)], [runs(1, 1, interactive=True)], TEN, [2]),
        ([job(2, exclusive=True)], [runs(1, 1, interactive=True)], TEN, [2]),
        ([job(3)], [runs(1, interactive=True), runs(2)], Room(cores=2), [3]),
        ([job(3, 5)], [runs(1, 6, interactive=True), runs(2)], TEN, []),
        # Without a limit no prediction waits.
        ([job(2, 500), job(3, 500)], [runs(1, 500)], Room(), [2, 3]),
    ],
)
def test_the_table(
    waiting: list[Waiting], running: list[Running], room: Room, expected: list[int]
) -> None:
    assert started(queue_of(waiting, running), room) == expected


def test_the_head_is_overtaken_so_often_and_no_more() -> None:
    queue = queue_of([job(1, 8, 9)], [runs(0, 6)], patience=3)
    overtaken = 0
    for number in range(2, 20):
        queue.enter(job(number, 1))
        overtaken += len(started(queue, TEN))
        queue.end(number)

    assert overtaken == 3
    queue.end(0)
    assert queue.choose(TEN) == job(1, 8, 9)


def test_past_a_head_that_must_not_be_delayed_go_those_that_do_not_delay_it() -> None:
    waiting = [
        job(1, 8, 9),
        job(2, 1, 8, seconds=200),  # over too late, but it leaves the head its 8G
        job(3, 2, 7, seconds=200),  # over too late
        job(4, 2, 6, seconds=90),  # over before the head can start
        job(5, 1, 5),  # nobody knows
    ]
    queue = queue_of(waiting, [runs(0, 6, seconds=100.0)], patience=0)
    queue.start(2)  # it overtakes: from now on patience is out

    assert started(queue, TEN) == [4, 5]


def test_a_head_that_waits_for_one_who_is_stopped_holds_nobody_up() -> None:
    waiting = [job(1, 8, 9), job(2, 1), job(3, 1)]
    queue = queue_of(waiting, [runs(0, 6, stopped=True)], patience=0)

    assert started(queue, TEN) == [2, 3]
    queue.stop(0, False)
    queue.enter(job(4, 1))
    assert started(queue, TEN) == []


def test_a_head_for_which_nobody_knows_the_time_is_not_overtaken_any_more() -> None:
    queue = queue_of([job(1, 8, 9), job(2, 1), job(3, 1)], [runs(0, 6)], patience=1)

    assert started(queue, TEN) == [2]


def test_a_job_that_runs_over_its_time_is_expected_to_end_soon() -> None:
    queue = queue_of(
        [job(1, 8, 9), job(2, 1), job(3, 3, seconds=50)], [runs(0, 6, seconds=10.0)], patience=0
    )
    queue.start(2, 0.0)
    queue.end(2)

    assert queue.choose(TEN, now=1000.0) == job(3, 3, seconds=50)
    assert queue.choose(TEN, now=100.0) is None


def test_an_update_changes_place_and_need() -> None:
    queue = queue_of([job(1, 8, 1), job(2, 8, 2)], [])
    queue.update(job(1, 8, 3))
    queue.update(job(2, 1, 2))
    queue.update(job(7))  # waits no more: nothing

    assert started(queue, TEN) == [1, 2]


def test_a_reservation_that_comes_down_makes_room() -> None:
    queue = queue_of([job(2, 5)], [runs(1, 9)])
    queue.report(1, 2 * G)
    assert queue.choose(TEN) is None

    queue.report(1, 2 * G, 3 * G)

    assert queue.choose(TEN) == job(2, 5)
    queue.report(99, 1)  # nothing


def test_who_gives_up_is_gone() -> None:
    queue = queue_of([job(1), job(2), job(3, interactive=True)], [])
    for number in (1, 3, 3, 99):
        queue.withdraw(number)

    assert started(queue, TEN) == [2]
    queue.end(99)


def test_the_reserve_for_page_cache_is_a_share_with_a_limit() -> None:
    assert room_for_jobs(None) is None
    assert room_for_jobs(100 * 2**20) == 98 * 2**20
    assert room_for_jobs(150 * G) == 150 * G - 256 * 2**20


# Any sequence of events ---------------------------------------------------------------------

needs = st.integers(0, 12)
jobs = st.builds(
    lambda need, priority, seconds, exclusive: (need, priority, seconds, exclusive),
    needs,
    st.integers(0, 5),
    st.none() | st.integers(0, 9),
    st.sampled_from([False] * 7 + [True]),
)
rooms = st.builds(
    Room,
    memory=st.none() | st.integers(1, 10),
    cores=st.none() | st.integers(1, 4),
    cap=st.none() | st.integers(1, 4),
    host=st.none() | st.integers(0, 12),
    calm=st.sampled_from([True, True, True, False]),
)


class Checked:
    """A queue that is checked after each event."""

    def __init__(self, patience: int) -> None:
        self.queue = Queue(patience)
        self.begun: list[int] = []
        self.now = 0.0

    def advance(self, room: Room) -> None:
        while chosen := self.queue.choose(room, self.now):
            alone = not self.queue.running
            self.queue.start(chosen.number, self.now)
            self.begun.append(chosen.number)
            self._check_start(room, chosen, alone)
        assert self.queue.running or not len(self.queue.waiting)  # progress
        self._check_sums()

    def _check_start(self, room: Room, chosen: Waiting, alone: bool) -> None:
        if alone:
            return
        running = self.queue.running.values()
        assert not chosen.exclusive
        assert sum(run.exclusive for run in running) == 0
        assert room.calm
        if room.memory is not None:
            assert sum(run.held for run in running) <= room.memory  # no over-commitment
        if room.host is not None:
            assert sum(run.growth for run in running) <= room.host
        for limit in (room.cores, room.cap):
            assert limit is None or self.queue.busy <= limit

    def _check_sums(self) -> None:
        running = self.queue.running.values()
        assert self.queue.held == sum(run.held for run in running)
        assert self.queue.growth == sum(run.growth for run in running)
        assert self.queue.busy == sum(not run.stopped for run in running)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.lists(jobs, max_size=5), min_size=1, max_size=8), st.data())
def test_every_sequence_keeps_the_promises_and_every_job_starts_once(
    waves: list[list[tuple[int, int, int | None, bool]]], data: st.DataObject
) -> None:
    checked, count = Checked(data.draw(st.integers(0, 4))), 0
    for wave in waves:
        for need, priority, seconds, exclusive in wave:
            count += 1
            checked.queue.enter(Waiting(count, need, priority, seconds, exclusive))
        checked.advance(data.draw(rooms))
        for run in list(checked.queue.running.values()):
            what = data.draw(st.sampled_from(["end", "use", "stop", "stay"]))
            if what == "end":
                checked.queue.end(run.number)
            elif what == "stop":
                checked.queue.stop(run.number, not run.stopped)
            elif what == "use":
                checked.queue.report(run.number, data.draw(needs), data.draw(st.none() | needs))
            checked.now += 1
    room = data.draw(rooms)
    while len(checked.queue.waiting) or checked.queue.running:
        checked.advance(room)
        checked.queue.end(data.draw(st.sampled_from(sorted(checked.queue.running))))

    assert sorted(checked.begun) == list(range(1, count + 1))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 6), st.integers(2, 10), st.integers(1, 60))
def test_a_stream_of_small_jobs_does_not_starve_a_large_one(
    patience: int, need: int, small: int
) -> None:
    room = Room(memory=10, cores=4)
    queue = queue_of([Waiting(1, need, 9.0)], [Running(0, 9)], patience)
    number, before = 2, 0
    while 1 not in queue.running and before < small:
        queue.enter(Waiting(number, 1))
        before += len([n for n in started(queue, room) if n != 1])
        number += 1
        if before >= small or number > small + 2:
            queue.end(0)
            for run in list(queue.running):
                queue.end(run)
            started(queue, room)

    assert 1 in queue.running
    assert before <= max(patience, 1)
