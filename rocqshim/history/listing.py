"""The builds of a project, and the attempts at one file, as text for people. Pure."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import fields

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line
from rocqshim.history import BuildRow, JobRecord
from rocqshim.history.chart import bars
from rocqshim.history.counts import Counts
from rocqshim.history.table import build_fields
from rocqshim.outcome import outcome
from rocqshim.settings.size import human_size

COUNTED = tuple(field.name for field in fields(Counts))
BUILD_HEAD = ("BUILD", "STARTED", "TIME", *map(str.upper, COUNTED))
FILE_HEAD = ("STARTED", "TIME", "", "PEAK", "", "HOW IT ENDED", "BUILD")


def builds_text(builds: Sequence[BuildRow]) -> str:
    """A line for each build, the newest first."""
    return "\n".join(columns([BUILD_HEAD, *map(_build, builds)], ""))


def attempts_text(jobs: Sequence[JobRecord], plain: bool) -> str:
    """A line for each attempt, the newest first, with bars of time and peak. plain: in ASCII."""
    times = bars([job.wall for job in jobs], plain=plain)
    peaks = bars([job.memory_peak for job in jobs], plain=plain)
    rows = [
        (_when(job.started), duration(job.wall), by_time, _size(job), by_peak, _ended(job),
         one_line(job.build))
        for job, by_time, by_peak in zip(jobs, times, peaks, strict=True)
    ]  # fmt: skip
    return "\n".join(columns([FILE_HEAD, *rows], ""))


def _build(build: BuildRow) -> tuple[str, ...]:
    found = build_fields(build)
    counts = (str(found[name]) for name in COUNTED)
    return one_line(build.build), _when(build.started), duration(found["seconds"]), *counts


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _size(job: JobRecord) -> str:
    return human_size(job.memory_peak) if job.memory_peak else "-"


def _ended(job: JobRecord) -> str:
    """How; and what else it was, where it was not an object's first attempt."""
    kind = [] if job.kind == "vo" else [one_line(job.kind)]
    again = [f"attempt {job.attempt}"] * (job.attempt > 1)
    return ", ".join([one_line(str(outcome(job.verdict, job.status))), *kind, *again])
