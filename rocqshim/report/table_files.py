"""The files of a build in a terminal: by time, peak and wait, the repeated, the failed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line
from rocqshim.report.jobs import Entry, last_attempts, peak_of, processor_of, seconds_of
from rocqshim.settings.size import human_size

SHOWN = 10  # of each list
HEAD = ("FILE", "TIME", "CPU", "PEAK", "PROMISED", "WAITED", "FOR")
LEAST_WAIT = 0.1  # seconds; what waited for less did not

Document = dict[str, Any]


def by_time(document: Document) -> list[str]:
    """What took longest."""
    return _jobs("longest", document, seconds_of)


def by_peak(document: Document) -> list[str]:
    """What needed most memory."""
    return _jobs("most memory", document, lambda job: peak_of(job) or 0)


def by_wait(document: Document) -> list[str]:
    """What waited longest, and for what."""
    return _jobs("longest wait", document, lambda job: _waited(job, LEAST_WAIT))


def _jobs(title: str, document: Document, weight: Callable[[Entry], float]) -> list[str]:
    """The last attempts that weigh most; those that weigh nothing are left out."""
    found = sorted(last_attempts(document["jobs"]), key=weight, reverse=True)
    rows = [_row(job) for job in found[:SHOWN] if weight(job) > 0]
    return [f"{title}:", *columns([HEAD, *rows], "  ")] if rows else []


def _row(job: Entry) -> tuple[str, ...]:
    return (
        _name(job),
        duration(seconds_of(job)),
        _or_dash(processor_of(job), duration),
        _or_dash(peak_of(job), human_size),
        _or_dash(job["reservation"], human_size),
        duration(job["waited"]) if _waited(job, LEAST_WAIT) else "-",
        _reasons(job) if _waited(job, LEAST_WAIT) else "",
    )


def _name(job: Entry) -> str:
    kind = "" if job["kind"] in ("vo", "other") else f" ({job['kind']})"
    return one_line(job["file"]) + kind


def _or_dash(value: Any, shown: Callable[[Any], str]) -> str:  # noqa: ANN401 (int or float)
    return "-" if value is None else shown(value)


def _waited(job: Entry, least: float) -> float:
    return float(job["waited"]) if job["waited"] >= least else 0.0


def _reasons(job: Entry) -> str:
    found = sorted((job["why_waited"] or {}).items(), key=lambda one: -one[1])
    return ", ".join(one_line(word) for word, _ in found)


def repeated(document: Document) -> list[str]:
    """Attempts after which another one came."""
    again = {(job["file"], job["kind"]) for job in document["jobs"] if job["attempt"] > 1}
    last = set(map(id, last_attempts(document["jobs"])))
    rows = [
        (
            _name(job),
            f"attempt {job['attempt']}",
            job["verdict"],
            _or_dash(peak_of(job), human_size),
        )
        for job in document["jobs"]
        if (job["file"], job["kind"]) in again and id(job) not in last
    ]
    return _listed("repeated", rows)


def failed(document: Document) -> list[str]:
    """What did not end well, killed or not."""
    bad = [job for job in last_attempts(document["jobs"]) if job["verdict"] != "success"]
    rows = [(_name(job), _ended(job), _or_dash(peak_of(job), human_size)) for job in bad]
    return _listed("failed", rows)


def _ended(job: Entry) -> str:
    if job["verdict"] == "exit-code" and job["status"] is not None:
        return f"exit {job['status'] >> 8}"
    return str(job["verdict"])


def _listed(title: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    more = [f"  and {len(rows) - SHOWN} more"] * (len(rows) > SHOWN)
    return [f"{title}:", *columns(rows[:SHOWN], "  "), *more]
