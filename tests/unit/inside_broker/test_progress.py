"""How far a build is."""

from __future__ import annotations

from rocqshim.admission.model import Room
from rocqshim.admission.plan import Known
from rocqshim.broker.progress import Progress, progress

CHAIN = {
    "a.v": Known(1, 10.0),
    "b.v": Known(1, 20.0, ("a.v",)),
    "c.v": Known(1, 30.0, ("b.v",)),
    "x.v": Known(1, 99.0),
}
ROOM = Room(cores=4)


def test_what_depends_on_it_follows() -> None:
    assert progress({"a.v"}, {"b.v": 5.0}, (), CHAIN, ROOM) == Progress(1, 3, 45.0)


def test_a_part_of_a_project_is_all_of_its_build() -> None:
    assert progress(set(), {"c.v": 0.0}, (), CHAIN, ROOM) == Progress(0, 1, 30.0)


def test_what_needs_a_lost_file_is_not_awaited() -> None:
    both = {**CHAIN, "y.v": Known(1, 7.0, ("a.v",))}

    assert progress({"a.v"}, {"y.v": 0.0}, {"b.v"}, both, ROOM) == Progress(1, 2, 7.0)
    # make calls it again
    assert progress({"a.v"}, {"b.v": 5.0}, {"b.v"}, CHAIN, ROOM) == Progress(1, 3, 45.0)


def test_one_that_runs_longer_than_ever() -> None:
    assert progress(set(), {"c.v": 99.0}, (), CHAIN, ROOM) == Progress(0, 1, 0.0)


def test_nothing_is_known_of_a_first_build() -> None:
    assert progress({"n.v"}, {"m.v": 1.0}, (), {}, ROOM) == Progress(1, None, None)


def test_memory_counts() -> None:
    known = {name: Known(6, 10.0) for name in "ab"}

    assert progress(set(), dict.fromkeys("ab", 0.0), (), known, Room(memory=10)).left == 20.0


def test_a_large_build_is_not_foreseen_file_by_file() -> None:
    known = {str(number): Known(1, 1.0) for number in range(5_000)}

    assert progress(set(), dict.fromkeys(known, 0.0), (), known, Room(cores=10)).left == 500.0
