"""What waits, and why, and what has ended. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rocqshim.outcome import DONE, outcome
from rocqshim.settings.size import human_size
from rocqshim.top.cells import clean, left, right, short_size, short_time
from rocqshim.top.jobs import matches, name_of
from rocqshim.top.line import Line, Span, line
from rocqshim.top.state import Answer, Look, State, shown
from rocqshim.top.table import count_of

Named = tuple[str, Answer, Answer]  # the name as it is shown, what is told of it, its project


def queued(look: Look, state: State) -> list[Named]:
    """What waits and is to be shown, in order of arrival."""
    return _named(look, state, lambda project: project["queue"])


def finished(look: Look, state: State) -> list[Named]:
    """What has ended and is to be shown, the last first."""
    found = _named(look, state, lambda project: (project["build"] or {}).get("ended", []))
    return sorted(found, key=lambda each: -each[1]["ended"])


def _named(look: Look, state: State, listed: Callable[[Answer], list[Answer]]) -> list[Named]:
    projects = shown(look.answer, state)
    several = len(projects) > 1
    found = [
        (name_of(project, each["file"], several), each, project)
        for project in projects
        for each in listed(project)
    ]
    return [each for each in found if matches(each[0], state.filter)]


def queue(found: Sequence[Named], look: Look, state: State, name: int) -> list[Line]:
    """A heading, and a line for each that waits; [] if nobody does. name: columns of a name."""
    count = sum(project["waiting"] for project in shown(look.answer, state))
    kept = len(found) if state.filter else count
    heading = _heading(f"WAITING {count_of(kept, count)}", "  TIME  WHY", name)
    return [heading, *(_waiting(*each, name) for each in found)] if count else []


def ended(found: Sequence[Named], look: Look, state: State, name: int) -> list[Line]:
    """A heading, and a line for each that has ended; [] if none has. name: columns of a name."""
    builds = [project["build"] or {} for project in shown(look.answer, state)]
    count = sum(build.get("jobs", 0) for build in builds)
    kept = min(len(found), count) if state.filter else count
    words = "  TIME  PEAK  HOW IT ENDED"
    heading = _heading(f"FINISHED {count_of(kept, count)}", words, name)
    return [heading, *(_ended(each, entry, name) for each, entry, _ in found)] if count else []


def reason(entry: Answer, project: Answer) -> str:
    """Why it waits, in words and figures."""
    needs, free = human_size(entry["needs"]), human_size(entry["free"])
    cores = project["cores"]
    return {
        "memory": f"needs {needs}, {free} free",
        "host": f"needs {needs}, the machine has {free} free",
        "cores": f"{cores} core{'s' * (cores != 1)}, all busy",
        "jobs": "as many run as the setting jobs allows",
        "pressure": "jobs in the slice are short of memory",
        "exclusive": "one of them runs alone",
        "turn": "others go first",
        "paused": "paused",
        "stopped": "stopped itself (Ctrl-Z)",
    }.get(entry["reason"], clean(entry["reason"]))


def _waiting(file: str, entry: Answer, project: Answer, name: int) -> Line:
    again = f", attempt {entry['attempt']}" if entry["attempt"] > 1 else ""
    time = right(short_time(entry["seconds"]), 6)
    return line(f" {left(file, name)} {time}  {reason(entry, project)}{again}")


def _ended(file: str, entry: Answer, name: int) -> Line:
    attempt = entry["attempt"]
    again = f", attempt {attempt}" if attempt > 1 else ""
    time = right(short_time(entry["seconds"]), 6)
    peak = right(short_size(entry["memory_peak"] or None), 5)  # 0: it ended before anybody looked
    end = outcome(entry["verdict"], entry["status"])
    how = Span(f"{clean(str(end))}{again}", "" if end.state == DONE else "bad")
    return line(f" {left(file, name)} {time} {peak}  ", how)


def _heading(first: str, words: str, name: int) -> Line:
    return line(f" {left(first, name)} {words}", style="title")
