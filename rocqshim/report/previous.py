"""A build against another one: which files took longer or needed more memory. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rocqshim.report.jobs import Entry, last_attempts, of_build, peak_of, processor_of, seconds_of

# What grew by less is noise: a start differs by as much, and a watchdog looks five times a second.
LEAST_SECONDS = 1.0
LEAST_BYTES = 64 * 2**20


def against(jobs: Sequence[Entry], before: dict[str, Any]) -> dict[str, Any]:
    """The field ``previous``: what both builds compiled, what grew most first.

    jobs: entries of a document. before: the document of the other build.
    """
    then = _good(before["jobs"])
    both = [_both(job, then[key]) for key, job in _good(jobs).items() if key in then]
    return {
        **{name: before[name] for name in ("build", "started", "seconds", "memory_peak")},
        "files": sorted(both, key=growth, reverse=True),
    }


def growth(entry: Entry) -> float:
    """By which part a file grew, in time or in memory, whichever is more; 0.1 is 10%.

    Less than LEAST_SECONDS and LEAST_BYTES is 0: no growth. Shrunk is below 0.
    """
    time, memory = time_growth(entry), memory_growth(entry)
    return max(time, memory) if max(time, memory) > 0 else min(time, memory)


def time_growth(entry: Entry) -> float:
    """In time: that of the processor where both builds have it, as it hangs less on the rest."""
    if entry["cpu"] is not None and entry["cpu_before"] is not None:
        return _share(entry["cpu"], entry["cpu_before"], LEAST_SECONDS)
    return _share(entry["seconds"], entry["seconds_before"], LEAST_SECONDS)


def memory_growth(entry: Entry) -> float:
    """In memory."""
    return _share(entry["peak"], entry["peak_before"], LEAST_BYTES)


def _share(now: float | None, then: float | None, least: float) -> float:
    if now is None or then is None or abs(now - then) < least:
        return 0.0
    return (now - then) / max(then, least)


def _good(jobs: Sequence[Entry]) -> dict[tuple[str, str], Entry]:
    """Files that were compiled well: what was killed or failed says nothing of what it needs."""
    good = [job for job in of_build(jobs) if job["verdict"] == "success"]
    return {(job["file"], job["kind"]): job for job in last_attempts(good)}


def _both(now: Entry, then: Entry) -> Entry:
    return {
        "file": now["file"],
        "kind": now["kind"],
        "seconds": round(seconds_of(now), 3),
        "seconds_before": round(seconds_of(then), 3),
        "cpu": processor_of(now),
        "cpu_before": processor_of(then),
        "peak": peak_of(now),
        "peak_before": peak_of(then),
    }
