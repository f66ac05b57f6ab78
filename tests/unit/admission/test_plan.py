"""Orders for a whole build: never worse than the list schedule, and never beyond the room."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission.model import Room
from rocqshim.admission.plan import PATIENT, Foresight, Known, lower_bound, plan
from rocqshim.admission.queue import PATIENCE

files = st.lists(
    st.builds(
        lambda peak, seconds, needs: (peak, float(seconds), needs),
        st.integers(0, 10),
        st.integers(0, 9),
        st.sets(st.integers(0, 19), max_size=3),
    ),
    max_size=20,
)
rooms = st.builds(Room, memory=st.none() | st.integers(10, 25), cores=st.integers(1, 4))


def known(given_files: list[tuple[int, float, set[int]]]) -> dict[str, Known]:
    return {
        str(n): Known(peak, seconds, tuple(str(d) for d in needs if d < n))
        for n, (peak, seconds, needs) in enumerate(given_files)
    }


@settings(deadline=None, max_examples=60)
@given(files, rooms)
def test_it_is_between_the_lower_bound_and_the_list_schedule(
    given_files: list[tuple[int, float, set[int]]], room: Room
) -> None:
    build = known(given_files)
    foresight = Foresight(build, room)
    listed = foresight.forwards(foresight.paths(), PATIENT).makespan

    found = plan(build, room, tries=12)

    if build:
        assert lower_bound(build, room) - 1e-6 <= found.makespan <= listed + 1e-6
        assert set(found.priority) == set(build)
        assert foresight.forwards(found.priority, found.patience).makespan == found.makespan


@settings(deadline=None, max_examples=60)
@given(files, rooms)
def test_what_is_foreseen_can_be_done(
    given_files: list[tuple[int, float, set[int]]], room: Room
) -> None:
    build = known(given_files)
    foresight = Foresight(build, room)
    seen = foresight.forwards(foresight.paths())

    assert set(seen.started) == set(seen.ended) == set(build)
    for file, one in build.items():
        assert seen.ended[file] - seen.started[file] == one.seconds
        assert all(seen.ended[dep] <= seen.started[file] for dep in one.deps)
    for moment in seen.started.values():
        at_once = [f for f in build if seen.started[f] <= moment < seen.ended[f]]
        assert len(at_once) <= (room.cores or 0)
        assert room.memory is None or sum(build[f].peak for f in at_once) <= room.memory


def test_a_list_schedule_is_beaten_where_it_can_be() -> None:
    # The long path goes first and takes half; what is best goes beside the two large ones.
    build = {
        "long": Known(5, 6.0),
        "large-1": Known(10, 3.0),
        "large-2": Known(10, 3.0),
        **{f"small-{n}": Known(5, 2.0) for n in range(3)},
    }
    room = Room(memory=10, cores=2)

    assert plan(build, room).makespan == lower_bound(build, room) == 12.0


def test_files_out_of_nowhere_are_no_dependencies() -> None:
    assert plan({"a": Known(1, 2.0, ("/lib/x",))}, Room()).makespan == 2.0


def test_nothing_to_plan() -> None:
    assert lower_bound({}, Room(1, 1)) == 0.0
    assert dict(plan({}, Room()).priority) == {}


def test_no_order_lets_anybody_starve() -> None:
    files = {f"s{number}": Known(1, 1.0 + number % 3) for number in range(300)}
    files["large"] = Known(9, 1.0)

    assert plan(files, Room(10, 8)).patience <= PATIENCE
