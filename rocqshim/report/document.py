"""The document of one build: all that the table, the page and the gates of CI say. Pure.

`rocqshim report --json` prints it; docs/report.md has every field. null: nobody knows.
"""

from __future__ import annotations

import time
from typing import Any

from rocqshim.report import samples
from rocqshim.report.critical import critical
from rocqshim.report.jobs import Entry, counts, entries, seconds_of
from rocqshim.report.lost import lost
from rocqshim.report.previous import against
from rocqshim.report.recorded import Recorded
from rocqshim.report.short import entry
from rocqshim.report.what_if import what_if

VERSION = 1  # raised when a field changes its meaning or goes, not when one is added
BUDGET = 4.0  # seconds for the simulator, which is asked again and again

Document = dict[str, Any]


def document(found: Recorded, before: Document | None = None, budget: float = BUDGET) -> Document:
    """Make the document of a build. before: that of the build it is compared with.

    budget: seconds of simulation after which no further change is tried.
    """
    jobs = entries(found.rows, found.started)
    path = critical(jobs)
    for job in path:
        job["critical"] = True
    simulated = what_if(found, jobs, budget, time.monotonic)
    return {
        **_head(found),
        **_samples(found, jobs),
        "counts": vars(counts(jobs)),
        "jobs": jobs,
        **_path(found, path),
        "what_if": simulated.changes,
        "out_of_memory": [entry(short) for short in simulated.short],
        "simulated_seconds": simulated.seconds,
        "previous": against(jobs, before) if before else None,
    }


def outline(found: Recorded) -> Document:
    """The part of a document that another one is compared with."""
    return {
        "version": VERSION,
        "build": found.build,
        "started": round(found.started, 3),
        "seconds": round(found.seconds, 3),
        "memory_peak": found.memory_peak,
        "jobs": entries(found.rows, found.started),
    }


def _head(found: Recorded) -> Document:
    last = found.rows[-1] if found.rows else None
    return {
        "version": VERSION,
        "project": found.project,
        "root": found.root,
        "build": found.build,
        "running": found.running,
        "started": round(found.started, 3),
        "seconds": round(found.seconds, 3),
        "slice": last and last.slice,
        "backend": last and last.backend,
        "memory_max": found.memory_max,
        "cpu_quota": found.samples[-1].cpu_quota if found.samples else None,
        "cores": found.cores,
    }


def _samples(found: Recorded, jobs: list[Entry]) -> Document:
    made = samples.entries(found.samples, found.started)
    return {
        "memory_peak": found.memory_peak,
        "samples": made,
        "lost": lost(made, jobs, found.cores, found.seconds),
    }


def _path(found: Recorded, path: list[Entry]) -> Document:
    """null for builds of before dependencies were recorded: each file alone is no path."""
    if all(row.loads is None for row in found.rows):
        return {"critical_path": None, "critical_seconds": None}
    return {
        "critical_path": [job["file"] for job in path],
        "critical_seconds": round(sum(map(seconds_of, path)), 3),
    }
