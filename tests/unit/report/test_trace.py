"""The trace: what its format demands; tests/browser has Perfetto itself read one."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rocqshim.report.chrome_trace import trace_text
from rocqshim.report.document import document
from rocqshim.report.recorded import Recorded
from rocqshim.report.rows import rows

from .support import lively, old, recorded, row

MICRO = 1_000_000
spans_of_any = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 9)).map(lambda one: (one[0], one[0] + one[1]))
)


@given(spans_of_any)
def test_spans_of_a_row_never_overlap_and_rows_are_few(spans: list[tuple[int, int]]) -> None:
    found = rows(spans)

    for number in set(found):
        own = sorted(span for span, place in zip(spans, found, strict=True) if place == number)
        assert all(before[1] <= after[0] for before, after in pairwise(own))
    most = max((sum(b <= t < e for b, e in spans) for t in range(30)), default=0)
    assert max(found, default=-1) + 1 <= most + sum(b == e for b, e in spans)


def events(found: Recorded, kind: str = "") -> list[dict[str, Any]]:
    text = trace_text(document(found))
    text.encode("ascii")
    return [one for one in json.loads(text)["traceEvents"] if one["ph"] == kind or not kind]


def test_every_event_has_what_its_kind_needs() -> None:
    needed = {
        "X": {"cat", "dur", "args"}, "M": {"args"}, "C": {"args"}, "s": {"id", "cat"},
        "f": {"id", "cat", "bp"},
    }  # fmt: skip
    found = events(lively())

    assert {one["ph"] for one in found} == set(needed)
    for one in found:
        assert {"name", "pid", "tid", "ts", "ph"} | needed[one["ph"]] <= set(one)
        assert all(isinstance(one[key], int) and one[key] >= 0 for key in ("ts", "pid", "tid"))
        assert one.get("dur", 0) >= 0


def test_runs_waits_and_repeats() -> None:
    spans = events(lively(), "X")

    kinds = {
        kind: [one for one in spans if one["cat"] == kind] for kind in ("run", "queue", "retry")
    }
    assert {kind: len(found) for kind, found in kinds.items()} == {"run": 7, "queue": 2, "retry": 1}
    (again,) = kinds["retry"]
    assert (again["name"], again["ts"], again["dur"]) == ("b.v (attempt 2)", 20 * MICRO, 9 * MICRO)
    assert [one["args"] for one in kinds["queue"]] == [{"memory": 2.0}, {"memory": 5.0}]
    assert {one["tid"] for one in kinds["run"]}.isdisjoint(one["tid"] for one in kinds["queue"])


def test_an_arrow_goes_from_an_attempt_to_the_next() -> None:
    start, end = [one for one in events(lively()) if one["ph"] in "sf"]
    spans = {one["name"]: one for one in events(lively(), "X") if one["cat"] != "queue"}

    assert start["id"] == end["id"]
    assert (start["tid"], start["ts"]) == (spans["b.v"]["tid"], spans["b.v"]["ts"])
    assert end["tid"] == spans["b.v (attempt 2)"]["tid"]


def test_rows_and_processes_have_names() -> None:
    names = [one["args"].get("name") for one in events(lively(), "M")]

    assert {"p: jobs", "p: queue", "p: slice", "job 1", "waiting 1"} <= set(names)


def test_counters() -> None:
    counters = events(lively(), "C")

    memory = [one["args"]["bytes"] for one in counters if one["name"] == "memory"]
    assert memory == [2**30, 2**30, 7 * 2**30, 2**30]
    assert all(value is not None for one in counters for value in one["args"].values())


def test_names_that_are_no_text() -> None:
    assert "/elsewhere/d\\xff?.v" in [one["name"] for one in events(lively(), "X")]


def test_nothing_is_known() -> None:
    assert events(recorded([old("a.v")]), "X")
    assert [one["ph"] for one in events(recorded([]))] == ["M"] * 6
    assert events(recorded([row("a.v", 0, 0)]), "X")[0]["dur"] == 0
