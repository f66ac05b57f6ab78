"""What the script draws: columns instead of records, and no more than a page can carry."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from rocqshim.outcome import outcome
from rocqshim.report.jobs import peak_of
from rocqshim.report.page.files import FileRow, key, rows, seconds
from rocqshim.report.page.scale import memory_top
from rocqshim.report.page.words import label, shown

JOBS = 8000  # the longest ones
SAMPLES = 600  # about one for each pixel
STACKED = 40  # jobs of one sample; the rest of them as one
DEPS = 12  # those of a job that ended last: they decided when it started
# "</script>" ends a script wherever it stands, and "<!--" changes how it is read.
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def data(document: dict[str, Any], found: list[FileRow]) -> str:
    """The data as JSON that may stand in an element of HTML."""
    jobs, index = _kept(document["jobs"]), {row.name: at for at, row in enumerate(found)}
    made = {
        "seconds": document["seconds"] or 0,
        "memoryMax": document["memory_max"],
        "memoryPeak": document["memory_peak"],
        "memoryTop": memory_top(document),
        "quota": None if document["cpu_quota"] is None else document["cpu_quota"] / 100,
        "cores": document["cores"],
        "left": len(document["jobs"]) - len(jobs),
        "files": _columns(found),
        "jobs": _jobs(jobs, index),
        "samples": _samples(document["samples"], index),
    }
    return json.dumps(made, separators=(",", ":"), allow_nan=False).translate(_ESCAPED)


def kept_files(jobs: list[dict[str, Any]]) -> list[FileRow]:
    """The files whose jobs are in the page."""
    return rows(_kept(jobs))


def _kept(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    longest = sorted(jobs, key=lambda job: -seconds(job))[:JOBS]
    return sorted(longest, key=lambda job: (job["asked"] or 0, job["attempt"]))


def _columns(found: list[FileRow]) -> dict[str, list[object]]:
    names = [field.name for field in fields(FileRow)]
    return {name: [_short(getattr(row, name)) for row in found] for name in names}


def _short(value: object) -> object:
    """Milliseconds are enough."""
    if isinstance(value, bool):
        return int(value)
    return round(value, 3) if isinstance(value, float) else value


def _jobs(jobs: list[dict[str, Any]], index: dict[str, int]) -> dict[str, list[object]]:
    ended = {job["file"]: (float(job["ended"] or 0), index[label(*key(job))]) for job in jobs}
    made: dict[str, list[object]] = {"file": [index[label(*key(job))] for job in jobs]}
    for name in ("attempt", "asked", "started", "ended", "waited", "job_memory_max"):
        made[name] = [_short(job[name]) for job in jobs]
    made["memory_peak"] = [peak_of(job) for job in jobs]
    for name in ("swap_peak", "reservation", "user", "system"):
        made[name] = [_short(job[name]) for job in jobs]
    made["why_reserved"] = [_text(job["why_reserved"]) for job in jobs]
    ends = [outcome(job["verdict"], job["status"]) for job in jobs]
    made["state"] = [end.state for end in ends]
    made["text"] = [shown(str(end)) for end in ends]
    made["why"] = [_why(job["why_waited"]) for job in jobs]
    made["deps"] = [_deps(job, ended) for job in jobs]
    made["critical"] = [int(bool(job["critical"])) for job in jobs]
    return made


def _why(reasons: dict[str, float] | None) -> object:
    known = {shown(word): round(spent, 2) for word, spent in (reasons or {}).items() if spent}
    return known or 0


def _deps(job: dict[str, Any], ended: dict[str, tuple[float, int]]) -> object:
    found = sorted((ended[dep] for dep in job["deps"] or [] if dep in ended), reverse=True)
    return [at for _, at in found[:DEPS]] or 0


def _samples(samples: list[dict[str, Any]], index: dict[str, int]) -> dict[str, list[object]]:
    step = -(-len(samples) // SAMPLES) or 1
    groups = [samples[at : at + step] for at in range(0, len(samples), step)]
    highest = [max(group, key=lambda sample: sample["memory"] or 0) for group in groups]
    made: dict[str, list[object]] = {"t": [_short(group[-1]["t"]) for group in groups]}
    for name in ("memory", "reserved", "running", "waiting", "blocked"):
        made[name] = [_text(sample[name]) for sample in highest]
    made["peak"] = [max(map(_peak, group)) for group in groups]
    for name in ("cpu", "machine_cpu", "read", "written", "memory_pressure", "cpu_pressure"):
        made[name] = [_mean(group, name) for group in groups]
    made["jobs"] = [_stack(sample["jobs"] or [], index) for sample in highest]
    return made


def _peak(sample: dict[str, Any]) -> int:
    return int(sample["peak"] or sample["memory"] or 0)


def _text(value: object) -> object:
    return shown(value) if isinstance(value, str) else value


def _mean(group: list[dict[str, Any]], name: str) -> float | None:
    known = [sample[name] for sample in group if sample[name] is not None]
    return round(sum(known) / len(known), 3) if known else None


def _stack(jobs: list[list[Any]], index: dict[str, int]) -> list[int]:
    """File, bytes, file, bytes, …; -1 stands for all that are not named."""
    largest = sorted((-(size or 0), index.get(shown(file), -1)) for file, size, *_ in jobs)
    named = sorted((at, -size) for size, at in largest[:STACKED] if at >= 0)
    rest = -sum(size for size, _ in largest) - sum(size for _, size in named)
    return [value for pair in [*named, *([(-1, rest)] if rest else [])] for value in pair]
