"""Rates from two answers: what the broker counts is spent since a beginning. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.top.state import Answer, Look

YOUNG = 0.2  # seconds; what a job has spent in less says nothing


@dataclass(frozen=True)
class Rates:
    """Of one slice; None where nobody knows. cpu: cores in use. read, written: bytes a second."""

    cpu: float | None = None
    read: float | None = None
    written: float | None = None


def rates(look: Look, project: Answer) -> Rates:
    """What the slice of ``project`` spends now."""
    before, seconds = _before(look, project), _seconds(look)
    if before is None or not seconds:
        return Rates()
    found = [_rate(before[key], project[key], seconds) for key in ("cpu", "read", "written")]
    return Rates(*found)


def cpu_of_job(look: Look, project: Answer, job: Answer) -> float | None:
    """Cores that a job uses now; of one that is new, on the mean since it began."""
    before, seconds = _before(look, project), _seconds(look)
    jobs: list[Answer] = before["jobs"] if before else []
    same = (each for each in jobs if each["job"] == job["job"] and each["pid"] == job["pid"])
    known = next(same, None)
    if known and seconds and (now := _rate(known["cpu"], job["cpu"], seconds)) is not None:
        return now
    return job["cpu"] / job["seconds"] if job["seconds"] > YOUNG else None


def _seconds(look: Look) -> float:
    """Between the two answers; 0 where they are of two brokers."""
    if not look.answer or not look.before:
        return 0.0
    one, two = look.before["broker"], look.answer["broker"]
    return max(0.0, float(two["now"] - one["now"])) if one["pid"] == two["pid"] else 0.0


def _before(look: Look, project: Answer) -> Answer | None:
    projects: list[Answer] = (look.before or {}).get("projects", [])
    return next((each for each in projects if each["slice"] == project["slice"]), None)


def _rate(before: float | None, now: float | None, seconds: float) -> float | None:
    # Less than before: a process has ended of which nobody had the sum.
    if before is None or now is None or now < before:
        return None
    return (now - before) / seconds
