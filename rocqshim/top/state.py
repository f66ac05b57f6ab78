"""What the person at the view has chosen, and what the broker said last. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SORTS = ("memory", "cpu", "time", "left", "file")
VIEW, FILTER, KILL, HELP = "view", "filter", "kill", "help"  # what the keys are for now

Answer = dict[str, Any]


@dataclass(frozen=True)
class State:
    """here: the folder in which it was started. everything: all projects, also where this folder
    has one. filter: part of a file's name. selected: SLICE/JOB. held: slices that we have paused.
    typed: the filter as it was before it is typed anew.
    """

    here: str = "/"
    everything: bool = False
    sort: str = SORTS[0]
    backwards: bool = False
    filter: str = ""
    typed: str = ""
    mode: str = VIEW
    selected: str = ""
    held: frozenset[str] = frozenset()
    interactive: bool = True  # False: one frame, for a script


@dataclass(frozen=True)
class Look:
    """answer: of the broker, None where there is none; before: the one before it, for rates.

    problem: why there is nothing newer. age: seconds since the answer. message: of the last kill.
    """

    answer: Answer | None = None
    before: Answer | None = None
    problem: str = ""
    age: float = 0.0
    message: str = ""


def shown(answer: Answer | None, state: State) -> list[Answer]:
    """The projects to be shown: that of the folder, or all where it has none."""
    projects: list[Answer] = (answer or {}).get("projects", [])
    active = sorted(filter(_has_anything, projects), key=_is_idle)
    around = [each for each in active if _is_around(each["root"], state.here)]
    if state.everything or not around:
        return active
    nearest = max(len(each["root"]) for each in around)
    return [each for each in around if len(each["root"]) == nearest]


def hidden(answer: Answer | None, state: State) -> int:
    """How many jobs of other projects run or wait."""
    listed = [each["slice"] for each in shown(answer, state)]
    projects: list[Answer] = (answer or {}).get("projects", [])
    others = (each for each in projects if each["slice"] not in listed)
    return sum(len(each["jobs"]) + int(each["waiting"]) for each in others)


def _has_anything(project: Answer) -> bool:
    return bool(project["jobs"] or project["waiting"] or project["build"])


def _is_idle(project: Answer) -> bool:
    return not (project["jobs"] or project["waiting"])


def _is_around(root: str, here: str) -> bool:
    return f"{here}/".startswith(f"{root.rstrip('/')}/")


def key_of(project: Answer, job: Answer) -> str:
    """The name of a job among all projects, as the broker's ``kill`` takes it."""
    return f"{project['slice']}/{job['job']}"
