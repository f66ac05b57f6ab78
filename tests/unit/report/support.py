"""Builds for the tests of reports: rows and samples as the broker writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rocqshim.history import JobRecord, Sample
from rocqshim.report.recorded import Recorded

BEGAN = 1_700_000_000.0  # Unix time
G = 2**30


def row(file: str, at: float = 0.0, wall: float = 1.0, **values: Any) -> JobRecord:  # noqa: ANN401
    """One attempt. at: seconds since BEGAN at which it started; deps: a list of files."""
    deps = values.pop("deps", [])
    given: dict[str, Any] = {
        "root": "/p", "project": "p", "slice": "rocq-p.slice", "build": "b1",
        "backend": "systemd", "file": file, "kind": "vo", "compiler": "coqc",
        "started": BEGAN + at, "waited": 0.0, "wall": wall, "user": abs(wall) * 0.9,
        "system": abs(wall) * 0.1, "memory_peak": G, "swap_peak": 0, "verdict": "success",
        "status": 0, "memory_max": 8 * G, "job_memory_max": None, "attempt": 1,
        "version": "0.1.0", "loads": json.dumps(deps), "anon_peak": G, "reservation": G,
        "why_waited": "{}", **values,
    }  # fmt: skip
    return JobRecord(**given)


def old(file: str, at: float = 0.0, wall: float = 1.0) -> JobRecord:
    """A row of the first schema: what it did not know is NULL."""
    unknown = "loads anon_peak reservation why_waited user system memory_peak status".split()
    return row(file, at, wall, **dict.fromkeys(unknown))


def sample(at: float, **values: Any) -> Sample:  # noqa: ANN401
    """One look at the slice, at so many seconds since BEGAN."""
    given: dict[str, Any] = {
        "build": "b1", "root": "/p", "time": BEGAN + at, "memory": G, "memory_max": 8 * G,
        "reserved": G, "cpu": at, "read": int(1000 * at), "written": 0, "cores": 4,
        "cpu_quota": 400, "tasks": 3, "memory_pressure": 0.0, "cpu_pressure": 1.0,
        "running": 1, "waiting": 0, "blocked": "", "jobs": "[]", **values,
    }  # fmt: skip
    return Sample(**given)


def recorded(
    rows: Sequence[JobRecord], samples: Sequence[Sample] = (), build: str = "b1"
) -> Recorded:
    """A build of the project /p."""
    return Recorded("p", "/p", build, rows, samples)


def lively() -> Recorded:
    """All that may be in a build: a repeat, a failure, waits, checks, odd names."""
    rows = [
        row("a.v", 0, 10, memory_peak=2 * G, anon_peak=2 * G),
        row("b.v", 10, 5, deps=["a.v"], verdict="oom-slice", status=9, anon_peak=5 * G),
        row("c.v", 12, 8, deps=["a.v"], waited=2.0, why_waited='{"memory": 2.0}'),
        row("b.v", 20, 9, deps=["a.v"], attempt=2, waited=5.0, why_waited='{"memory": 5.0}'),
        row("/elsewhere/d\udcff\n.v", 20, 1, verdict="exit-code", status=256),
        row("a.v", 21, 1, kind="check"),
        row("e.v", 21, 0.5, kind="vos"),
        row("Top.v", 0, 30, kind="interactive", verdict="signal", status=15),
    ]
    looks = [
        sample(0.5), sample(1.5, running=2),
        sample(2.5, blocked="memory", waiting=1, memory=7 * G, jobs='[["a.v", 1024, 1]]'),
        sample(29.5, cpu=1.0),
    ]  # fmt: skip
    return recorded(rows, looks)
