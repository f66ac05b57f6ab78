"""A recorded build as a trace, for ``rocqshim simulate``. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rocqshim.history.record import JobRecord

COMPILED = ("vo", "other")  # a file is compiled once in a build; .vos and checks are beside that


def trace_of(name: str, rows: Sequence[JobRecord]) -> dict[str, Any]:
    """The document: each file that was compiled, with what its last good attempt took.

    rows: of one build, in the order of their end. A dependency that was not compiled in this build
    is left out: the simulated build finds it done.
    """
    good = (row for row in rows if row.kind in COMPILED and row.verdict == "success")
    done = {row.file: row for row in good if row.file.endswith(".v")}
    return {"name": name, "files": [_file(row, done) for row in done.values()]}


def _file(row: JobRecord, done: dict[str, JobRecord]) -> dict[str, Any]:
    return {
        "file": row.file,
        # Below 0 in rows of a time when the clock was set back; nobody reads such a trace.
        "seconds": round(max(0.0, row.wall), 3),
        "peak_bytes": row.anon_peak or row.memory_peak or 0,
        "deps": [name for name in loads_of(row) if name in done and name != row.file],
    }


def loads_of(row: JobRecord) -> list[str]:
    """The files of the project that it needs first; [] where that is not known."""
    try:
        found = json.loads(row.loads or "[]")
    except ValueError:
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
