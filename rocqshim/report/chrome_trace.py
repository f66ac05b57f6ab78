"""A build as a trace in Chrome's trace-event JSON, which Perfetto opens too. Pure.

Three processes: the jobs that ran, the jobs that waited, and the slice with its counters. Spans of
one row (a thread, as they call it) never overlap: viewers would nest or drop them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rocqshim.cli.show import one_line
from rocqshim.report.jobs import Entry
from rocqshim.report.rows import rows

RUN, QUEUE, SLICE = 1, 2, 3  # process ids; their rows are numbered through, from FIRST on
FIRST = 10
MICRO = 1_000_000  # their unit of time is the microsecond

Event = dict[str, Any]


def trace_text(document: dict[str, Any]) -> str:
    """The trace as JSON. Times count from the start of the build."""
    jobs = document["jobs"]
    waited = [job for job in jobs if job["started"] > job["asked"]]
    running = rows([(_micro(job["started"]), _micro(job["ended"])) for job in jobs])
    waiting = rows([(_micro(job["asked"]), _micro(job["started"])) for job in waited])
    behind = FIRST + max(running, default=0) + 1
    events = [
        *_names(document, FIRST, running, behind, waiting),
        *(_ran(job, FIRST + row) for job, row in zip(jobs, running, strict=True)),
        *(_waited(job, behind + row) for job, row in zip(waited, waiting, strict=True)),
        *_again(jobs, [FIRST + row for row in running]),
        *(event for sample in document["samples"] for event in _counters(document, sample)),
    ]
    about = {name: document[name] for name in ("project", "build", "started", "slice", "backend")}
    return json.dumps(
        {"traceEvents": events, "displayTimeUnit": "ms", "otherData": _strings(about)}
    )


def _micro(seconds: float) -> int:
    return round(seconds * MICRO)


def _shown(name: object) -> str:
    """Bytes that are no UTF-8 as ``\\xff``: not every reader of JSON takes half a surrogate."""
    text = one_line(str(name))
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def _strings(values: dict[str, object]) -> dict[str, str]:
    return {name: _shown(value) for name, value in values.items() if value is not None}


def _names(
    document: dict[str, Any],
    first: int,
    running: Sequence[int],
    behind: int,
    waiting: Sequence[int],
) -> Iterator[Event]:
    project = _shown(document["project"])
    for process, name in ((RUN, "jobs"), (QUEUE, "queue"), (SLICE, "slice")):
        yield _meta("process_name", process, 0, {"name": f"{project}: {name}"})
        yield _meta("process_sort_index", process, 0, {"sort_index": process})
    for process, start, found in ((RUN, first, running), (QUEUE, behind, waiting)):
        for row in range(max(found, default=-1) + 1):
            name = "job" if process == RUN else "waiting"
            yield _meta("thread_name", process, start + row, {"name": f"{name} {row + 1}"})
            yield _meta("thread_sort_index", process, start + row, {"sort_index": row})


def _meta(name: str, process: int, thread: int, values: dict[str, object]) -> Event:
    return {"ph": "M", "name": name, "pid": process, "tid": thread, "ts": 0, "args": values}


def _span(job: Entry, process: int, row: int, begin: str, end: str) -> Event:
    start = _micro(job[begin])
    return {
        "ph": "X",
        "name": _shown(job["file"]),
        "pid": process,
        "tid": row,
        "ts": start,
        "dur": _micro(job[end]) - start,
    }


def _ran(job: Entry, row: int) -> Event:
    known = "kind attempt verdict status user system memory_peak anon_peak reservation".split()
    values = {name: job[name] for name in known if job[name] is not None}
    span = _span(job, RUN, row, "started", "ended")
    again = f" (attempt {job['attempt']})" if job["attempt"] > 1 else ""
    kind = "retry" if again else "run"
    colour = {} if job["verdict"] == "success" else {"cname": "terrible"}
    return {**span, "name": span["name"] + again, "cat": kind, **colour, "args": values}


def _waited(job: Entry, row: int) -> Event:
    reasons = {_shown(word): seconds for word, seconds in (job["why_waited"] or {}).items()}
    return {**_span(job, QUEUE, row, "asked", "started"), "cat": "queue", "args": reasons}


def _again(jobs: Sequence[Entry], threads: Sequence[int]) -> Iterator[Event]:
    """An arrow from each killed attempt to the next one."""
    last: dict[tuple[str, str], tuple[Entry, int]] = {}
    for number, (job, thread) in enumerate(zip(jobs, threads, strict=True)):
        key = job["file"], job["kind"]
        if job["attempt"] > 1 and key in last:
            before, row = last[key]
            # An arrow belongs to the span around its time, so it leaves before the end.
            yield {**_arrow(number), "ph": "s", "tid": row, "ts": _micro(before["started"])}
            yield {
                **_arrow(number),
                "ph": "f",
                "bp": "e",
                "tid": thread,
                "ts": _micro(job["started"]),
            }
        last[key] = job, thread


def _arrow(number: int) -> Event:
    return {"name": "again", "cat": "retry", "id": number, "pid": RUN}


def _counters(document: dict[str, Any], sample: Entry) -> Iterator[Event]:
    """Perfetto calls each by its name and its unit."""
    yield from _counter(sample, "memory", "bytes", sample["memory"])
    yield from _counter(sample, "reserved", "bytes", sample["reserved"])
    yield from _counter(sample, "memory-max", "bytes", document["memory_max"])
    yield from _counter(sample, "cores", "in use", sample["cpu"])
    yield from _counter(sample, "running", "jobs", sample["running"])
    yield from _counter(sample, "waiting", "jobs", sample["waiting"])
    yield from _counter(sample, "memory pressure", "%", sample["memory_pressure"])
    yield from _counter(sample, "cpu pressure", "%", sample["cpu_pressure"])


def _counter(sample: Entry, name: str, unit: str, value: float | None) -> Iterator[Event]:
    if value is not None:
        at = _micro(sample["t"])
        yield {"ph": "C", "name": name, "pid": SLICE, "tid": 0, "ts": at, "args": {unit: value}}
