"""The history as people and programs read it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from rocqshim.history import BuildRow
from rocqshim.history.chart import bars, takes_blocks
from rocqshim.history.counts import Counts
from rocqshim.history.listing import attempts_text
from rocqshim.history.table import (
    ATTEMPT_FIELDS,
    BUILD_FIELDS,
    as_csv,
    as_json,
    attempt_fields,
    build_fields,
)

from .support import JOB

ODD = 'a, "b"\r\nλ.v'
UNKNOWN = replace(JOB, memory_peak=None, user=None, verdict="oom-slice", attempt=2, build=ODD)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_csv_is_read_back_by_a_parser(count: int) -> None:
    rows = [attempt_fields(job) for job in [JOB, UNKNOWN][:count]]
    text = as_csv(ATTEMPT_FIELDS, rows)

    found = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    assert text.startswith(",".join(ATTEMPT_FIELDS) + "\r\n")
    assert [
        {name: "" if value is None else str(value) for name, value in row.items()} for row in rows
    ] == found


def test_json_has_a_version() -> None:
    document = json.loads(as_json({"root": "/p"}, "attempts", [attempt_fields(UNKNOWN)]))

    assert (document["version"], document["root"]) == (1, "/p")
    (row,) = document["attempts"]
    assert tuple(row) == ATTEMPT_FIELDS
    assert (row["memory_peak"], row["seconds"], row["build"]) == (None, 12.75, ODD)


def test_a_repeated_attempt_is_no_end_of_its_job() -> None:
    found = build_fields(BuildRow("b", 10.0, 15.5, Counts.of_attempts(5, 3, 2, 1, 3, 0)))

    assert tuple(found) == BUILD_FIELDS
    assert found == {
        "build": "b", "started": 10.0, "seconds": 5.5,
        "jobs": 3, "files": 3, "repeated": 2, "failed": 1, "killed": 1, "cancelled": 0,
    }  # fmt: skip


def test_bars() -> None:
    assert bars([8.0, 4.0, 1.0, 0.0, None], width=4) == ["████", "██", "▌", "", ""]
    assert bars([3.0, 1.5], width=4, plain=True) == ["####", "##"]
    assert bars([None, 0.0]) == ["", ""]
    assert takes_blocks("utf-8")
    assert not takes_blocks("ascii")
    assert not takes_blocks(None)


FULL = "killed: memory-max of the slice was full,".split()


def test_attempts_with_their_charts() -> None:
    jobs = [UNKNOWN, JOB, replace(JOB, wall=25.5, memory_peak=2**31, kind="vos")]

    head, first, second, third = attempts_text(jobs, plain=True).splitlines()

    assert head.split() == ["STARTED", "TIME", "PEAK", "HOW", "IT", "ENDED", "BUILD"]
    last = ["a,", '"b"??λ.v']
    assert first.split()[2:] == ["12.8", "s", "######", "-", *FULL, "attempt", "2", *last]
    assert second.split()[2:] == ["12.8", "s", "######", "4G", "#" * 12, "done", JOB.build]
    assert third.split()[2:] == ["25.5", "s", "#" * 12, "2G", "######", "done,", "vos", JOB.build]
    assert {line.index(JOB.build) for line in (second, third)} == {head.index("BUILD")}


def test_a_peak_of_0_is_unknown() -> None:
    none = replace(JOB, memory_peak=0)

    assert attempts_text([none], plain=True).splitlines()[1].split()[5] == "-"
    assert attempt_fields(none)["memory_peak"] is None
