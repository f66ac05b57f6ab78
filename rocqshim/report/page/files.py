"""The files of a build, with the words as docs/report.md has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rocqshim.outcome import outcome
from rocqshim.report.jobs import peak_of, processor_of
from rocqshim.report.page.words import label, shown


@dataclass(frozen=True)
class FileRow:
    """One file. seconds, cpu: of its last attempt; waited: of all; peak, promised: the most, bytes.

    state, text: how its last attempt ended, see outcome.py. None: nobody knows.
    """

    name: str
    seconds: float
    waited: float
    cpu: float | None
    peak: int | None
    promised: int | None
    attempts: int
    state: str
    text: str
    critical: bool


def key(job: dict[str, Any]) -> tuple[str, str | None]:
    """What makes two jobs attempts of one file."""
    return job["file"], job.get("kind")


def rows(jobs: list[dict[str, Any]]) -> list[FileRow]:
    """One row for each file, in the order in which they began to wait."""
    grouped: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for job in sorted(jobs, key=lambda job: (job["asked"] or 0, job["attempt"])):
        grouped.setdefault(key(job), []).append(job)
    return [_row(attempts) for attempts in grouped.values()]


def _row(attempts: list[dict[str, Any]]) -> FileRow:
    last = attempts[-1]
    end = outcome(last["verdict"], last["status"])
    return FileRow(
        name=label(*key(last)),
        seconds=seconds(last),
        waited=sum(job["waited"] or 0 for job in attempts),
        cpu=processor_of(last),
        peak=_most(peak_of(job) for job in attempts),
        promised=_most(job["reservation"] for job in attempts),
        attempts=len(attempts),
        state=end.state,
        text=shown(str(end)),
        critical=any(job["critical"] for job in attempts),
    )


def seconds(job: dict[str, Any]) -> float:
    """How long it ran."""
    return max(0.0, (job["ended"] or 0) - (job["started"] or 0))


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
