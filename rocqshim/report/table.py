"""A build's document as text for a terminal. Pure."""

from __future__ import annotations

import time
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import one_line, per_cent
from rocqshim.outcome import BAD
from rocqshim.report import table_files, table_times
from rocqshim.settings.size import human_size

Document = dict[str, Any]


def text(document: Document) -> str:
    """The head, then a paragraph for each question of which something is known."""
    paragraphs = [
        _head(document),
        table_files.by_time(document),
        table_files.by_peak(document),
        table_files.by_wait(document),
        table_files.repeated(document),
        table_files.not_done(document),
        table_times.lost(document),
        table_times.critical(document),
        table_times.what_if(document),
        table_times.previous(document),
    ]
    return "\n".join(line for paragraph in paragraphs for line in paragraph)


def _head(document: Document) -> list[str]:
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(document["started"]))
    state = ", and it runs on" if document["running"] else ""
    first = f"build {document['build']} of {one_line(document['project'])}, {started}: "
    first += f"{_count(document)} in {duration(document['seconds'])}{state}"
    return [first, f"  {_slice(document)}"]


def _count(document: Document) -> str:
    found = document["counts"]
    jobs, files = found["jobs"], found["files"]
    parts = [f"{jobs} job{'s' * (jobs != 1)} of {files} file{'s' * (files != 1)}"]
    parts += [f"{found[name]} {name}" for name in ("repeated", *BAD) if found[name]]
    return ", ".join(parts)


def _slice(document: Document) -> str:
    peak, limit = document["memory_peak"], document["memory_max"]
    share = f" ({per_cent(peak, limit)})" if peak is not None and limit else ""
    had = "an unknown peak" if peak is None else f"peak {human_size(peak)}"
    cores = document["cores"]
    busy = "" if cores is None else f", {cores} core{'s' * (cores != 1)}"
    where = f"{document['slice'] or 'no slice'}, {document['backend'] or 'no limits'}"
    return f"{had} of memory-max {human_size(limit)}{share}{busy} ({where})"
