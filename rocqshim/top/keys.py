"""What a key does: a new state, and perhaps a deed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rocqshim.top.state import FILTER, HELP, KILL, SORTS, VIEW, State

PAGE = 10  # jobs
MOST = 200  # letters of a filter
ENTER, ESCAPE, ERASE = ("\n", "\r", "ENTER"), "\x1b", ("BACKSPACE", "\x7f", "\b")
QUIT, DEED_KILL = "quit", "kill"


@dataclass(frozen=True)
class Deed:
    """What is to be done outside the view. word: QUIT or DEED_KILL. job: SLICE/JOB."""

    word: str
    job: str = ""


@dataclass(frozen=True)
class Around:
    """What is on the screen: the jobs in their order, and the slices."""

    jobs: Sequence[str] = ()
    slices: frozenset[str] = frozenset()


def press(key: str, state: State, around: Around) -> tuple[State, Deed | None]:
    """key: a letter, or a name as curses has it, without KEY_."""
    if state.mode == FILTER:
        return _type(key, state), None
    if state.mode == KILL:
        deed = Deed(DEED_KILL, state.selected) if key in ("y", "Y") else None
        return replace(state, mode=VIEW), deed
    if state.mode == HELP:
        return replace(state, mode=VIEW), None
    if key in ("q", "Q"):
        return state, Deed(QUIT)
    return _choose(key, state, around), None


def _choose(key: str, state: State, around: Around) -> State:
    if key == "k" and state.selected not in around.jobs:
        return state
    changes: dict[str, dict[str, Any]] = {
        "h": {"mode": HELP},
        "/": {"mode": FILTER, "typed": state.filter},
        ESCAPE: {"filter": ""},
        "k": {"mode": KILL},
        "p": {"held": _held(state, around)},
        "a": {"everything": not state.everything},
        "s": {"sort": SORTS[(SORTS.index(state.sort) + 1) % len(SORTS)]},
        "r": {"backwards": not state.backwards},
    }
    key = "h" if key in ("?", "F(1)") else key
    return replace(state, **changes[key]) if key in changes else _move(key, state, around.jobs)


def _held(state: State, around: Around) -> frozenset[str]:
    """Resume where anything shown is paused by us, else pause all that is shown."""
    ours = state.held & around.slices
    return state.held - ours if ours else state.held | around.slices


def _move(key: str, state: State, jobs: Sequence[str]) -> State:
    steps = {"UP": -1, "DOWN": 1, "PPAGE": -PAGE, "NPAGE": PAGE, "HOME": -len(jobs)}
    step = {**steps, "END": len(jobs)}.get(key)
    if step is None or not jobs:
        return state
    at = jobs.index(state.selected) + step if state.selected in jobs else 0
    return replace(state, selected=jobs[min(max(at, 0), len(jobs) - 1)])


def _type(key: str, state: State) -> State:
    if key in ENTER:
        return replace(state, mode=VIEW)
    if key == ESCAPE:
        return replace(state, mode=VIEW, filter=state.typed)
    if key in ERASE:
        return replace(state, filter=state.filter[:-1])
    is_letter = len(key) == 1 and key.isprintable() and len(state.filter) < MOST
    return replace(state, filter=state.filter + key) if is_letter else state


def settled(state: State, around: Around) -> State:
    """With a job chosen, where there is any: the first, until somebody chooses another."""
    if state.mode == KILL or state.selected in around.jobs:
        return state
    return replace(state, selected=next(iter(around.jobs), ""))
