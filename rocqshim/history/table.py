"""Builds, and the attempts at one file, as rows for programs: the same fields in JSON and CSV.

Pure. Bytes, seconds and Unix times; null, and nothing in CSV, where nobody knows.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from rocqshim.history import BuildRow, JobRecord
from rocqshim.history.counts import Counts

JSON_VERSION = 1  # goes up when a field changes its meaning
# Of an attempt; those of JobRecord with the same names, but for ``seconds``.
_ATTEMPT = (
    "build kind attempt started waited seconds user system memory_peak anon_peak swap_peak"
    " reservation memory_max job_memory_max verdict status lean backend"
).split()
BUILD_FIELDS = ("build", "started", "seconds", *(field.name for field in fields(Counts)))
ATTEMPT_FIELDS = tuple(_ATTEMPT)


def build_fields(build: BuildRow) -> dict[str, Any]:
    """One build, and how its jobs are counted (history/counts.py)."""
    seconds = round(build.ended - build.started, 3)
    about = {"build": build.build, "started": build.started, "seconds": seconds}
    return {**about, **vars(build.counts)}


def attempt_fields(job: JobRecord) -> dict[str, Any]:
    """One attempt at a file."""
    # Without cgroups a peak of 0 is that of a job that ended before anybody looked at it.
    found = {**vars(job), "seconds": job.wall, "memory_peak": job.memory_peak or None}
    return {name: found[name] for name in ATTEMPT_FIELDS}


def as_json(about: Mapping[str, Any], name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A document with a ``version``, what it is ``about``, and the rows under ``name``."""
    return json.dumps({"version": JSON_VERSION, **about, name: list(rows)}, indent=1)


def as_csv(fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """As in RFC 4180: a head, lines that end in CR LF, quotes where they are needed."""
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
