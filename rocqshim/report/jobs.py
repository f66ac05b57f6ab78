"""The jobs of a build as entries of its document, and what is asked of an entry. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rocqshim.history.counts import Attempt, Counts, state_of
from rocqshim.history.record import JobRecord
from rocqshim.history.schema import INTERACTIVE
from rocqshim.history.trace import COMPILED, loads_of

Entry = dict[str, Any]
# As the record has them.
_SAME = (
    "file kind attempt verdict status user system memory_peak anon_peak swap_peak reservation "
    "why_reserved job_memory_max"
).split()


def entries(rows: Iterable[JobRecord], began: float) -> list[Entry]:
    """One entry for each attempt. began: Unix time from which all times count."""
    return [entry(row, began) for row in rows]


def entry(row: JobRecord, began: float) -> Entry:
    """One attempt of a job, as `entries` has it."""
    # What sits in an editor may have begun before the build, which counts from its first compiler.
    after = row.started - began
    started = max(0.0, after)
    waited = max(0.0, row.waited or 0.0)
    return {
        **{name: getattr(row, name) for name in _SAME},
        # Without cgroups 0 is what a job has that ended before anybody looked at it.
        "memory_peak": row.memory_peak or None,
        "asked": round(max(0.0, started - waited), 3),
        "started": round(started, 3),
        "ended": round(max(started, after + (row.wall or 0.0)), 3),
        "waited": round(waited, 3),
        "why_waited": _reasons(row.why_waited),
        "deps": loads_of(row),
        "critical": False,
    }


def _reasons(text: str | None) -> dict[str, float] | None:
    """None where the row is of a time that did not know."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def peak_of(job: Entry) -> int | None:
    """Bytes that it needed: what it held, page cache left out where that is known."""
    found: int | None = job["anon_peak"] or job["memory_peak"] or None
    return found


def seconds_of(job: Entry) -> float:
    """How long it ran."""
    return float(job["ended"] - job["started"])


def processor_of(job: Entry) -> float | None:
    """Seconds of processor time; None where nobody counted them."""
    if job["user"] is None or job["system"] is None:
        return None
    return float(job["user"] + job["system"])


def is_done(job: Entry) -> bool:
    """Whether it ended well."""
    return bool(job["verdict"] == "success")


def is_compiled(job: Entry) -> bool:
    """Whether it made a .vo; the rest are checks, .vos files and what sits in an editor."""
    return job["kind"] in COMPILED


def of_build(jobs: Iterable[Entry]) -> list[Entry]:
    """Those that make has called; the rest sit in an editor."""
    return [job for job in jobs if job["kind"] != INTERACTIVE]


def counts(jobs: Iterable[Entry]) -> Counts:
    """How many there are, as `rocqshim history` counts them."""
    made = of_build(jobs)
    return Counts.of(
        Attempt(job["file"], job["attempt"], state_of(job["verdict"], job["status"]))
        for job in made
    )


def over(jobs: Sequence[Entry]) -> list[Entry]:
    """The attempts with which a job was over: none came after them. jobs: in order of their end."""
    found: list[Entry] = []
    coming: dict[tuple[str, str], int] = {}
    for job in reversed(jobs):
        key = job["file"], job["kind"]
        if coming.get(key) != job["attempt"] + 1:
            found.append(job)
        coming[key] = job["attempt"]
    return found[::-1]


def last_attempts(jobs: Iterable[Entry]) -> list[Entry]:
    """Of each file and kind what came of it in the end."""
    return list({(job["file"], job["kind"]): job for job in jobs}.values())
