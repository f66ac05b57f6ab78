"""What keys do, without a terminal."""

from __future__ import annotations

import pytest

from rocqshim.top.keys import DEED_KILL, QUIT, Around, Deed, press, settled
from rocqshim.top.state import FILTER, HELP, KILL, SORTS, VIEW, State

JOBS = [f"s.slice/job-{number}" for number in range(30)]
AROUND = Around(JOBS, frozenset(["s.slice", "t.slice"]))
ALONE = Around((), frozenset())


def typed(state: State, *keys: str, around: Around = AROUND) -> tuple[State, list[Deed]]:
    deeds = []
    for key in keys:
        state, deed = press(key, state, around)
        deeds += [deed] if deed else []
    return state, deeds


def test_a_job_is_killed_only_after_a_yes() -> None:
    start = State(selected=JOBS[3])

    for no in ("n", "\x1b", "k", "\n", "DOWN", "q"):
        assert typed(start, "k", no) == (start, [])
    assert typed(start, "k", "y") == (start, [Deed(DEED_KILL, JOBS[3])])
    assert typed(start, "k")[0].mode == KILL


def test_without_a_job_there_is_nothing_to_kill() -> None:
    assert typed(State(selected="s.slice/gone"), "k", "y") == (State(selected="s.slice/gone"), [])


def test_q_quits_but_not_in_the_midst_of_a_filter() -> None:
    assert typed(State(), "q")[1] == [Deed(QUIT)]
    state, deeds = typed(State(), "/", "q")
    assert (state.filter, deeds) == ("q", [])


def test_the_filter_is_typed_kept_and_left() -> None:
    kept, _ = typed(State(), "/", *"Bik", "BACKSPACE", "g", "漢", "UP", "\x01", "\n")
    assert (kept.filter, kept.mode) == ("Big漢", VIEW)

    left, _ = typed(kept, "/", "x", "\x1b")
    assert (left.filter, left.mode) == ("Big漢", VIEW)
    assert typed(kept, "\x1b")[0].filter == ""
    assert typed(kept, "/")[0].mode == FILTER


def test_p_pauses_what_is_shown_and_resumes_it() -> None:
    paused, _ = typed(State(), "p")
    assert paused.held == {"s.slice", "t.slice"}
    assert typed(paused, "p")[0].held == frozenset()

    elsewhere = Around((), frozenset(["u.slice"]))
    assert typed(paused, "p", around=elsewhere)[0].held == {"s.slice", "t.slice", "u.slice"}


def test_sorting_goes_round() -> None:
    assert typed(State(), *["s"] * len(SORTS))[0] == State()
    assert typed(State(), "s", "r")[0] == State(sort=SORTS[1], backwards=True)


@pytest.mark.parametrize(
    ("keys", "at"),
    [(["DOWN"], 1), (["UP"], 0), (["END"], 29), (["NPAGE", "NPAGE", "PPAGE", "UP"], 9),
     (["END", "DOWN"], 29), (["END", "HOME"], 0), (["DOWN", "MOUSE"], 1)],
)  # fmt: skip
def test_choosing_a_job(keys: list[str], at: int) -> None:
    assert typed(State(selected=JOBS[0]), *keys)[0].selected == JOBS[at]


def test_the_choice_is_of_a_job_and_not_of_a_line() -> None:
    chosen = State(selected=JOBS[7])

    assert settled(chosen, Around(JOBS[5:])) == chosen
    assert settled(chosen, Around(JOBS[:5])).selected == JOBS[0]
    assert settled(chosen, ALONE).selected == ""
    asked = State(selected=JOBS[7], mode=KILL)
    assert settled(asked, Around(JOBS[:5])) == asked  # else the yes would kill another


def test_help_comes_and_goes() -> None:
    for key in ("h", "?", "F(1)"):
        assert typed(State(), key)[0].mode == HELP
        assert typed(State(), key, "q") == (State(), [])


def test_all_projects_or_this_one() -> None:
    assert typed(State(), "a")[0].everything
    assert typed(State(), "a", "a")[0] == State()
