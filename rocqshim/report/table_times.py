"""The time of a build in a terminal: idle cores, critical path, what if, the last time. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line, per_cent
from rocqshim.report.change import held, spent
from rocqshim.report.jobs import Entry
from rocqshim.report.lost import short_of_work
from rocqshim.report.previous import growth, memory_growth, time_growth
from rocqshim.report.short import condition, sentence
from rocqshim.settings.size import human_size

SHOWN = 10  # of each list
LEAST_GROWTH = 0.05

Document = dict[str, Any]


def lost(document: Document) -> list[str]:
    """How much of the cores did not work for the build, and why."""
    found, cores = document["lost"], document["cores"]
    if not found or not document["seconds"]:
        return []
    whole = cores * document["seconds"]
    rows = [
        (word, per_cent(share, whole), f"{duration(share)} of a core")
        for word, share in _top(found)
    ]
    share = per_cent(sum(found.values()), whole)
    note = short_of_work(document["jobs"])
    head = f"cores not at work, {share} of the build, because of:"
    return [head, *columns(rows, "  "), *([f"  {note}"] if note else [])]


def _top(lost: dict[str, float]) -> Iterable[tuple[str, float]]:
    return sorted(lost.items(), key=lambda one: -one[1])


def critical(document: Document) -> list[str]:
    """The chain of files that no number of cores makes shorter."""
    path = document["critical_path"]
    if not path:
        return []
    names = [one_line(file) for file in path]
    if len(names) > SHOWN:
        half = SHOWN // 2
        names = [*names[:half], f"({len(names) - 2 * half} more)", *names[-half:]]
    head = f"critical path, {len(path)} file{'s' * (len(path) != 1)}"
    return [f"{head}, {duration(document['critical_seconds'])}:", f"  {' > '.join(names)}"]


def what_if(document: Document) -> list[str]:
    """Other limits, by the simulator; both its base and what was real are told."""
    base, short = document["simulated_seconds"], document["out_of_memory"]
    rows = [(entry["change"], *_simulated(entry)) for entry in document["what_if"]]
    if not rows and not short:
        return []
    was = "out of memory" if base is None else duration(base)
    head = f"what if, simulated (as it was: {was}, it took {duration(document['seconds'])}):"
    return [head, *(f"  {sentence(one)}" for one in short), *columns(rows, "  ")]


def _simulated(entry: Entry) -> tuple[str, str]:
    if entry["seconds"] is None:
        return "fails", f"out of memory: {', '.join(map(one_line, entry['failed']))}"
    difference = entry["difference"]
    if difference is None:
        return duration(entry["seconds"]), condition(entry)
    sign = "-" if difference < 0 else "+"
    return duration(entry["seconds"]), f"{sign}{duration(abs(difference))}"


def previous(document: Document) -> list[str]:
    """What grew since the build before."""
    before = document["previous"]
    if before is None:
        return []
    peak = before["memory_peak"]
    had = "" if peak is None else f", peak {human_size(peak)}"
    head = f"against build {before['build']} ({duration(before['seconds'])}{had}), grown most:"
    rows = [_grown(entry) for entry in before["files"] if growth(entry) > LEAST_GROWTH]
    if not rows:
        same = len(before["files"])
        return [f"{head[:-13]}: none of {same} file{'s' * (same != 1)} grew by {LEAST_GROWTH:.0%}"]
    return [head, *columns(rows[:SHOWN], "  ")]


def _grown(entry: Entry) -> tuple[str, str, str]:
    return (
        one_line(entry["file"]),
        spent(entry) if time_growth(entry) > 0 else "",
        held(entry) if memory_growth(entry) > 0 else "",
    )
