"""What waits, and why, and what has ended. Pure."""

from __future__ import annotations

from rocqshim.outcome import DONE, outcome
from rocqshim.settings.size import human_size
from rocqshim.top.cells import clean, head_of, left, right, short_size, short_time
from rocqshim.top.jobs import matches, name_of
from rocqshim.top.line import Line, Span, line
from rocqshim.top.state import Answer, Look, State, shown

WIDE = 60  # columns of a line that has all figures
NAME = 40  # columns that a name has at most
WORD = 9  # columns of a verdict


def queue(look: Look, state: State, width: int) -> list[Line]:
    """A heading, and a line for each that waits, in order of arrival; [] if nobody does."""
    projects = shown(look.answer, state)
    several = len(projects) > 1
    entries = [
        (name_of(project, each["file"], several), each, reason(each, project))
        for project in projects
        for each in project["queue"]
    ]
    kept = [entry for entry in entries if matches(entry[0], state.filter)]
    count = sum(project["waiting"] for project in projects)
    heading = line(_heading(f" WAITING ({count})", "TIME  WHY", width), style="title")
    return [heading, *(_waiting(*entry, width) for entry in kept)] if count else []


def ended(look: Look, state: State, width: int) -> list[Line]:
    """A heading, and a line for each that has ended, the last first; [] if none has."""
    projects = shown(look.answer, state)
    several = len(projects) > 1
    entries = [
        (name_of(project, each["file"], several), each)
        for project in projects
        for each in (project["build"] or {}).get("ended", [])
    ]
    kept = [entry for entry in entries if matches(entry[0], state.filter)]
    kept.sort(key=lambda entry: -entry[1]["ended"])
    count = sum((project["build"] or {}).get("jobs", 0) for project in projects)
    words = "TIME  PEAK  HOW IT ENDED"
    heading = line(_heading(f" FINISHED ({count})", words, width), style="title")
    return [heading, *(_ended(*entry, width) for entry in kept)] if kept else []


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


def _waiting(name: str, entry: Answer, why: str, width: int) -> Line:
    again = f", attempt {entry['attempt']}" if entry["attempt"] > 1 else ""
    time = right(short_time(entry["seconds"]), 6)
    return line(f" {left(name, _name(width))} {time}  {why}{again}")


def _ended(name: str, entry: Answer, width: int) -> Line:
    attempt = entry["attempt"]
    again = f", attempt {attempt}" if attempt > 1 else ""
    time = right(short_time(entry["seconds"]), 6)
    peak = right(short_size(entry["memory_peak"] or None), 5)  # 0: it ended before anybody looked
    end = outcome(entry["verdict"], entry["status"])
    how = Span(f"{clean(str(end))}{again}", "" if end.state == DONE else "bad")
    return line(f" {left(name, _name(width))} {time} {peak}  ", how)


def _heading(first: str, words: str, width: int) -> str:
    room = _name(width) + 1
    return f"{left(head_of(first, room), room)}   {words}"


def _name(width: int) -> int:
    """The columns of a name: what figures and reasons leave, at most NAME."""
    return max(6, min(NAME, width - 1 - 9 - WORD, width - 38))
