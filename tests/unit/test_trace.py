"""A build as a trace: what `rocqshim simulate` reads."""

from __future__ import annotations

import json
from dataclasses import replace

from rocqshim.history.trace import trace_of
from rocqshim.simulate.trace import parse_trace
from unit.history.support import JOB

A = replace(JOB, file="a.v", loads="[]", wall=1.23456, anon_peak=10, memory_peak=20)
B = replace(A, file="b.v", loads='["a.v", "elsewhere.v", "b.v"]', anon_peak=None)


def test_a_build() -> None:
    assert trace_of("p", [A, B]) == {
        "name": "p",
        "files": [
            {"file": "a.v", "seconds": 1.235, "peak_bytes": 10, "deps": []},
            {"file": "b.v", "seconds": 1.235, "peak_bytes": 20, "deps": ["a.v"]},
        ],
    }


def test_only_the_last_good_attempt_counts() -> None:
    rows = [
        replace(A, verdict="oom-slice", wall=99),
        replace(A, wall=5),
        replace(A, wall=2),
        replace(A, verdict="cancelled", wall=98),
        replace(B, verdict="exit-code"),
        replace(B, kind="vos", wall=97),
        replace(A, file="sh", kind="other"),
    ]

    assert [(file["file"], file["seconds"]) for file in trace_of("p", rows)["files"]] == [
        ("a.v", 2)
    ]


def test_rows_of_an_older_schema_and_broken_ones() -> None:
    rows = [replace(A, loads=None, anon_peak=None, memory_peak=None), replace(B, loads="{broken")]

    assert [file["deps"] for file in trace_of("p", rows)["files"]] == [[], []]
    assert trace_of("p", rows)["files"][0]["peak_bytes"] == 0


def test_a_row_of_a_clock_that_was_set_back() -> None:
    assert trace_of("p", [replace(A, wall=-0.5)])["files"][0]["seconds"] == 0


def test_the_simulator_reads_it() -> None:
    trace = parse_trace(json.dumps(trace_of("p", [A, B])))

    assert [(file.file, file.deps) for file in trace.files] == [("a.v", ()), ("b.v", ("a.v",))]
