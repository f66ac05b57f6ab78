"""The head of the page: what a reader wants to know first."""

from __future__ import annotations

import time
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import per_cent
from rocqshim.report.jobs import counts
from rocqshim.report.page.files import FileRow, seconds
from rocqshim.report.page.words import difference, escaped
from rocqshim.settings.size import human_size

Card = tuple[str, str, str, str]  # name, figure, a line below it, class


def when(document: dict[str, Any]) -> str:
    """The start, in UTC; the script turns it into the reader's own time."""
    moment = time.gmtime(document["started"] or 0)
    exact = time.strftime("%Y-%m-%dT%H:%M:%SZ", moment)
    return f'<time datetime="{exact}">{time.strftime("%Y-%m-%d %H:%M UTC", moment)}</time>'


def cards(document: dict[str, Any], rows: list[FileRow]) -> str:
    """The figures as a list of HTML."""
    made = [
        _time(document),
        _jobs(document, rows),
        _memory(document),
        _repeated(document),
        _failed(rows),
        *_lost(document),
    ]
    return "\n".join(_card(*card) for card in made)


def _card(name: str, figure: str, below: str, kind: str) -> str:
    kind = f' class="{kind}"' if kind else ""
    return (
        f"<div{kind}><dt>{escaped(name)}</dt><dd><strong>{escaped(figure)}</strong>"
        f"<span>{escaped(below)}</span></dd></div>"
    )


def _time(document: dict[str, Any]) -> Card:
    before, took = document["previous"], document["seconds"] or 0
    if before and before["seconds"] is not None:
        below = f"{difference(took - before['seconds'])} against the build before"
        below = below.replace("the same against", "the same as")
    elif document["critical_seconds"] is not None:
        below = f"critical path {duration(document['critical_seconds'])}"
    else:
        below = "of all of the build"
    return "Time", duration(took), below, ""


def _jobs(document: dict[str, Any], rows: list[FileRow]) -> Card:
    ran = sum(map(seconds, document["jobs"]))  # repeated ones too
    jobs = counts(document["jobs"]).jobs
    below = f"{jobs:,} job{'s' * (jobs != 1)}, {duration(ran)} of compiling"
    return "Files", f"{len(rows):,}", below, ""


def _memory(document: dict[str, Any]) -> Card:
    peak, limit = document["memory_peak"], document["memory_max"]
    if peak is None:
        return "Peak memory", "unknown", f"memory-max {human_size(limit)}", ""
    below = f"of memory-max {human_size(limit)}" if limit else "no memory-max"
    share = f", {per_cent(peak, limit)}" if limit else ""
    return "Peak memory", human_size(peak), below + share, ""


def _repeated(document: dict[str, Any]) -> Card:
    again = [job for job in document["jobs"] if job["attempt"] > 1]
    files = len({job["file"] for job in again})
    below = f"{files:,} file{'s' * (files != 1)}, after they ran out of memory"
    return "Repeated", f"{len(again):,}", below if again else "no file needed it", ""


def _failed(rows: list[FileRow]) -> Card:
    failed = [row for row in rows if row.state != "done"]
    below = ", ".join(row.name.rpartition("/")[2] for row in failed[:2]) + " …" * (len(failed) > 2)
    return "Not done", f"{len(failed):,}", below or "no file", "bad" if failed else ""


def _lost(document: dict[str, Any]) -> list[Card]:
    lost = {word: value for word, value in (document["lost"] or {}).items() if value}
    if not lost:
        return []
    word = max(lost, key=lambda word: lost[word])
    whole = (document["cores"] or 0) * (document["seconds"] or 0)
    total = sum(lost.values())
    share = per_cent(total, whole) or duration(total)
    return [("Cores not at work", share, f"most of it: {word}", "")]
