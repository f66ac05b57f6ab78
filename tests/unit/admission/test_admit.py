"""Admission as a whole: predict, start, follow, learn, repeat, plan."""

from __future__ import annotations

import asyncio

from rocqshim.admission.admit import Admission
from rocqshim.admission.model import Room
from rocqshim.admission.plan import Plan, plan
from rocqshim.broker.planning import plan_beside
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import Record, Subject

G = 2**30
ROOM = Room(memory=8 * G, cores=8)


def subject(name: str) -> Subject:
    return Subject(f"{name}.v", digest=name)


def admission(**known: float) -> Admission:
    """One whose files (gigabytes each) were compiled before, in 10 seconds."""
    found = Admission(Learned(8 * G))
    for name, gigabytes in known.items():
        found.learned.learn(Record(subject(name), int(gigabytes * G), 10.0))
    return found


def start_all(found: Admission, now: float = 0.0) -> list[int]:
    numbers = []
    while run := found.start(ROOM, now):
        numbers.append(run.number)
    return numbers


def test_a_job_goes_all_the_way() -> None:
    found = admission(a=2)
    assert found.ask(1, subject("a")).source == "unchanged"
    assert start_all(found) == [1]
    found.look(1, G, 1.0)
    assert found.queue.running[1].use == G
    found.end(1, Record(subject("a"), 2 * G, 10.0))

    assert not found.queue.running
    assert not found.jobs


def test_who_is_at_the_start_of_the_longest_path_goes_first() -> None:
    found = admission(a=5, b=5, c=5, d=5)
    found.graph.learn("c.v", ["b.v"])
    found.graph.learn("d.v", ["c.v"])
    found.ask(1, subject("a"))
    found.ask(2, subject("b"))

    assert start_all(found) == [2]


def test_a_killed_job_waits_again_under_its_number_with_more() -> None:
    found = admission(a=2, b=5)
    found.ask(1, subject("b"))
    found.ask(2, subject("a"))
    assert start_all(found) == [1, 2]

    how = found.killed(2, "oom-slice", 3 * G, ROOM)

    assert how is not None
    assert (how.peak, found.jobs[2].attempt) == (int(4.5 * G), 2)
    assert found.queue.waiting.numbers() == [2]
    assert start_all(found) == []  # 5 + 4.5 are more than 8
    found.end(1, Record(subject("b"), 5 * G, 10.0))
    assert start_all(found) == [2]


def test_a_job_that_is_not_repeated_is_gone() -> None:
    found = admission(a=2)
    found.ask(1, subject("a"))
    start_all(found)

    assert found.killed(1, "signal", G, ROOM) is None
    assert not found.jobs
    assert not found.queue.running


def test_the_last_attempt_is_alone_and_lean() -> None:
    found = admission(a=2)
    found.ask(1, subject("a"))
    attempts = []
    while start_all(found):
        how = found.killed(1, "oom-slice", 8 * G, ROOM)
        attempts.append(how and (how.exclusive, how.lean))

    assert attempts == [(True, True), None]  # nobody was beside it, so at once


def test_what_is_learned_changes_what_waits() -> None:
    found = admission()
    for number in range(1, 30):
        found.ask(number, subject(f"f{number}"))
    before = found.queue.waiting.get(29).peak
    for number in start_all(found) + start_all(found):
        found.end(number, Record(subject(f"f{number}"), G // 10, 10.0))
    while found.queue.waiting and 29 in found.queue.waiting and len(found.queue.waiting) > 10:
        for number in start_all(found):
            found.end(number, Record(subject(f"f{number}"), G // 10, 10.0))

    assert before == 2 * G
    assert found.queue.waiting.get(29).peak < G


def test_a_large_one_that_runs_raises_the_guesses_for_the_others() -> None:
    found = admission()
    found.ask(1, subject("a"))
    found.ask(2, subject("b"))
    first = found.start(ROOM, 0.0)
    assert first is not None
    found.look(first.number, 7 * G, 1.0)

    assert found.queue.waiting.get(2).peak == 7 * G
    assert found.start(ROOM, 1.0) is None


def test_who_gives_up_is_gone_wherever_it_was() -> None:
    found = admission(a=5, b=5)
    found.ask(1, subject("a"))
    found.ask(2, subject("b"))
    start_all(found)
    for number in (1, 2, 2, 3):
        found.withdraw(number)

    assert not found.jobs
    assert not found.queue.running
    assert not len(found.queue.waiting)
    found.look(1, G, 1.0)  # nothing


def test_a_plan_is_made_of_what_was_compiled_before_and_followed() -> None:
    found = admission(a=5, b=5)
    found.graph.learn("a.v", [])
    found.graph.learn("b.v", [])
    found.graph.learn("new.v", ["a.v"])
    assert set(found.known()) == {"a.v", "b.v"}
    assert plan(found.known(), ROOM).makespan == 20.0

    found.ask(1, subject("a"))
    found.ask(2, subject("b"))
    found.follow(Plan({"a.v": 1.0, "b.v": 2.0}, 7, 20.0))

    assert found.queue.patience == 7
    assert start_all(found) == [2]


def test_the_broker_plans_beside_its_work() -> None:
    found = admission(a=5, b=5, c=1)
    for name in "abc":
        found.graph.learn(f"{name}.v", [])

    async def planned() -> Plan | None:
        future = plan_beside(found, Room(8 * G, 8, host=0, calm=False))
        return await future if future else None

    done = asyncio.run(planned())
    assert done
    assert set(done.priority) == {"a.v", "b.v", "c.v"}
    assert done.makespan == 20.0


def test_of_two_files_nothing_is_planned() -> None:
    assert plan_beside(admission(a=1, b=1), ROOM) is None
