"""The files of a build in a terminal: by time, peak and wait, the repeated, the failed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line
from rocqshim.outcome import outcome
from rocqshim.report.jobs import (
    Entry,
    is_done,
    last_attempts,
    of_build,
    over,
    peak_of,
    processor_of,
    seconds_of,
)
from rocqshim.settings.size import human_size

SHOWN = 10  # of each list
ENDED = "HOW IT ENDED"
LEAST_WAIT = 0.1  # seconds; what waited for less did not

Document = dict[str, Any]


def by_time(document: Document) -> list[str]:
    """What took longest."""
    rows = [
        (_name(job), duration(seconds_of(job)), _or_dash(processor_of(job), duration), _peak(job))
        for job in _most(document, seconds_of)
    ]
    return _listed("longest", [("FILE", "TIME", "CPU", "PEAK"), *rows])


def by_peak(document: Document) -> list[str]:
    """What needed most memory."""
    rows = [
        (
            _name(job),
            _peak(job),
            _or_dash(job["reservation"], human_size),
            one_line(job["why_reserved"] or ""),
        )
        for job in _most(document, lambda job: peak_of(job) or 0)
    ]
    return _listed("most memory", [("FILE", "PEAK", "PROMISED", "BECAUSE"), *rows])


def by_wait(document: Document) -> list[str]:
    """What waited longest, and for what."""
    rows = [
        (_name(job), duration(job["waited"]), _reasons(job)) for job in _most(document, _waited)
    ]
    return _listed("longest wait", [("FILE", "WAITED", "FOR"), *rows])


def _most(document: Document, weight: Callable[[Entry], float]) -> list[Entry]:
    """The last attempts that weigh most; those that weigh nothing are left out."""
    found = sorted(last_attempts(of_build(document["jobs"])), key=weight, reverse=True)
    return [job for job in found[:SHOWN] if weight(job) > 0]


def _name(job: Entry) -> str:
    kind = "" if job["kind"] in ("vo", "other") else f" ({job['kind']})"
    return one_line(job["file"]) + kind


def _or_dash(value: Any, shown: Callable[[Any], str]) -> str:  # noqa: ANN401 (int or float)
    return "-" if value is None else shown(value)


def _peak(job: Entry) -> str:
    return _or_dash(peak_of(job), human_size)


def _waited(job: Entry) -> float:
    return float(job["waited"]) if job["waited"] >= LEAST_WAIT else 0.0


def _reasons(job: Entry) -> str:
    found = sorted((job["why_waited"] or {}).items(), key=lambda one: -one[1])
    return ", ".join(one_line(word) for word, _ in found)


def repeated(document: Document) -> list[str]:
    """Attempts after which another one came."""
    jobs = of_build(document["jobs"])
    last = set(map(id, over(jobs)))
    again = [job for job in jobs if id(job) not in last]
    rows = [(_name(job), str(job["attempt"]), _peak(job), _ended(job)) for job in again]
    return _listed("repeated", [("FILE", "ATTEMPT", "HAD", ENDED), *rows])


def not_done(document: Document) -> list[str]:
    """What did not end well: failed, killed or cancelled."""
    bad = [job for job in over(of_build(document["jobs"])) if not is_done(job)]
    rows = [(_name(job), _peak(job), _ended(job)) for job in bad]
    return _listed("not done", [("FILE", "HAD", ENDED), *rows])


def _ended(job: Entry) -> str:
    return one_line(str(outcome(job["verdict"], job["status"])))


def _listed(title: str, rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A head and its rows, the first of which has their names; nothing if that is all."""
    if len(rows) < 2:
        return []
    more = [f"  and {len(rows) - SHOWN - 1} more"] * (len(rows) > SHOWN + 1)
    return [f"{title}:", *columns(rows[: SHOWN + 1], "  "), *more]
