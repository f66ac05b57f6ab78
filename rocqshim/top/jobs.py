"""The table of what runs, in the order that was chosen. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.top.cells import clean, short_size, short_time
from rocqshim.top.line import Line, Span, line
from rocqshim.top.rates import cpu_of_job
from rocqshim.top.state import Answer, Look, State, key_of, shown
from rocqshim.top.table import Column, count_of, fitting, row

COLUMNS = (
    Column("FILE", 0),  # then as the other tables have it
    Column("TIME", 6, rank=1),
    Column("PEAK", 5, rank=3),
    Column("MEM", 5),
    Column("CPU", 5, rank=4),
    Column("LEFT", 6, rank=2),
    Column("PRED", 5, rank=5),
    Column("TRY", 3, rank=6),
    Column("STATE", 9, rank=7),
)
SORTED = {"memory": "MEM", "cpu": "CPU", "time": "TIME", "left": "LEFT", "file": "FILE"}


@dataclass(frozen=True)
class Running:
    """One job. cpu: cores; rest: seconds that it is expected to go on, below 0 if it is late."""

    key: str
    file: str
    job: Answer
    cpu: float | None
    rest: float | None


def running(look: Look, state: State) -> list[Running]:
    """The jobs to be shown, sorted and filtered."""
    projects = shown(look.answer, state)
    several = len(projects) > 1
    found = [
        _running(look, project, job, several) for project in projects for job in project["jobs"]
    ]
    kept = [each for each in found if matches(each.file, state.filter)]
    return sorted(kept, key=lambda each: _order(each, state.sort), reverse=state.backwards)


def name_of(project: Answer, file: str, several: bool) -> str:
    """A file's name, with its project where there are several."""
    return clean(f"{project['project']}:{file}" if several else file)


def matches(file: str, part: str) -> bool:
    """Whether the filter lets it through."""
    return part.casefold() in file.casefold()


def table(found: list[Running], look: Look, state: State, width: int, name: int) -> list[Line]:
    """The heading, and a line for each job. name: columns of a name."""
    kept = fitting(COLUMNS, width, name)
    every = sum(len(project["jobs"]) for project in shown(look.answer, state))
    titles = [f"*{each.title}" if _is_sorted(each, state) else each.title for each in COLUMNS]
    titles[0] = f"{'*' * (state.sort == 'file')}RUNNING {count_of(len(found), every)}"
    lines = [line(" " + row(COLUMNS, kept, titles, name), style="title")]
    for each in found:
        chosen = state.interactive and each.key == state.selected
        text = (">" if chosen else " ") + row(COLUMNS, kept, _cells(each), name)
        lines.append((Span(text, "selected" if chosen else ""),))
    return lines


def _running(look: Look, project: Answer, job: Answer, several: bool) -> Running:
    expected = job["expected_seconds"]
    rest = None if expected is None else expected - job["seconds"]
    cpu = cpu_of_job(look, project, job)
    return Running(
        key_of(project, job), name_of(project, job["file"], several), job, cpu, rest
    )  # fmt: skip


def _order(each: Running, sort: str) -> tuple[float | str, str]:
    """The most first; of names the first of the alphabet."""
    unknown = float("-inf")
    figure: dict[str, float | str] = {
        "memory": -each.job["memory"],
        "cpu": -(unknown if each.cpu is None else each.cpu),
        "time": -each.job["seconds"],
        "left": -(unknown if each.rest is None else each.rest),
        "file": each.file,
    }
    return figure[sort], each.key


def _cells(each: Running) -> list[str]:
    job = each.job
    return [
        each.file,
        short_time(job["seconds"]),
        short_size(job["memory_peak"]),
        short_size(job["memory"]),
        "-" if each.cpu is None else f"{100 * each.cpu:.0f}%",
        _rest(each.rest),
        short_size(job["predicted"]),
        str(job["attempt"]),
        "ending" if job["state"] == "cancelled" else job["state"],
    ]


def _rest(seconds: float | None) -> str:
    """What it takes longer than was expected has a plus."""
    late = seconds is not None and seconds < 0
    return f"+{short_time(-(seconds or 0))}" if late else short_time(seconds)


def _is_sorted(column: Column, state: State) -> bool:
    return column.title == SORTED[state.sort]
