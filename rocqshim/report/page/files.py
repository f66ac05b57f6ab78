"""The files of a build: what all attempts of one had together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rocqshim.report.page.words import label, outcome


@dataclass(frozen=True)
class FileRow:
    """One file. seconds, waited, cpu: of all its attempts; peak, promised: the most of one, bytes.

    state, text: how its last attempt ended, see `words.outcome`. None: nobody knows.
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
    state, text = outcome(last["verdict"], last["status"])
    return FileRow(
        name=label(*key(last)),
        seconds=sum(seconds(job) for job in attempts),
        waited=sum(job["waited"] or 0 for job in attempts),
        cpu=_sum(cpu(job) for job in attempts),
        peak=_most(job["memory_peak"] for job in attempts),
        promised=_most(job["reservation"] for job in attempts),
        attempts=len(attempts),
        state=state,
        text=text,
        critical=any(job["critical"] for job in attempts),
    )


def seconds(job: dict[str, Any]) -> float:
    """How long it ran."""
    return max(0.0, (job["ended"] or 0) - (job["started"] or 0))


def cpu(job: dict[str, Any]) -> float | None:
    """User and system time."""
    known = [job[name] for name in ("user", "system") if job[name] is not None]
    return sum(known) if known else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
