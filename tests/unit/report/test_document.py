"""The document of a build: by its schema, whatever the history has of it."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from rocqshim.history import JobRecord
from rocqshim.report.document import document, outline
from rocqshim.report.recorded import Recorded
from rocqshim.report.table import text

from .support import BEGAN, G, lively, old, recorded, row, sample

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "report.schema.json").read_text())


def checked(found: Recorded, before: Recorded | None = None) -> dict[str, Any]:
    """The document, checked by its schema as a reader of the JSON has it."""
    made = json.loads(json.dumps(document(found, outline(before) if before else None)))
    jsonschema.Draft202012Validator(SCHEMA).validate(made)
    text(made)  # no build is too odd to be told of
    return dict(made)


def test_times_count_from_the_first_question() -> None:
    made = checked(recorded([row("a.v", 5, 10, waited=2.0), row("b.v", 6, 2)]))

    assert (made["started"], made["seconds"]) == (BEGAN + 3, 12.0)
    first = made["jobs"][0]
    assert (first["asked"], first["started"], first["ended"]) == (0, 2, 12)


def test_an_editor_that_was_there_before_ends_when_it_did() -> None:
    made = checked(recorded([row("a.v", 0, 10), row("b.v", -100, 105, kind="interactive")]))

    times = [(job["started"], job["ended"]) for job in made["jobs"]]
    assert times == [(0, 10), (0, 5)]


def test_all_that_may_be_in_a_build() -> None:
    made = checked(lively(), recorded([row("a.v", wall=4)], build="b0"))

    names = [(job["file"], job["kind"], job["attempt"]) for job in made["jobs"]]
    assert names[1] == ("b.v", "vo", 1)
    assert names[4] == ("/elsewhere/d\udcff\n.v", "vo", 1)
    assert made["jobs"][3]["why_waited"] == {"memory": 5.0}
    assert made["memory_peak"] == 7 * G
    assert made["previous"]["build"] == "b0"


@pytest.mark.parametrize(
    "rows",
    [[old("a.v"), old("b.v")], [row("a.v")], [row("a.v", verdict="cancelled", status=None)], []],
    ids=["old rows", "one job", "killed", "none ended"],
)
@pytest.mark.parametrize("looks", [[], [sample(0.1)]], ids=["no samples", "one sample"])
def test_little_is_known(rows: Sequence[JobRecord], looks: list[Any]) -> None:
    made = checked(recorded(rows, looks), recorded([old("a.v")], build="b0"))

    assert (made["lost"] is None) == (not looks)
    assert made["memory_peak"] == (G if looks else None)


def test_what_old_rows_do_not_know_is_null() -> None:
    made = checked(recorded([old("a.v")]))

    assert made["critical_path"] is None
    assert made["jobs"][0]["why_waited"] is None
    assert made["cores"] is None


def test_rates_of_samples() -> None:
    looks = [sample(1, cpu=1.0), sample(3, cpu=7.0, read=5000), sample(4, cpu=0.5, read=None)]
    made = checked(recorded([row("a.v", 0, 5)], looks))["samples"]

    assert [one["cpu"] for one in made] == [None, 3.0, None]  # a new broker counts from zero
    assert [one["read"] for one in made] == [None, 2000.0, None]


def test_what_cannot_be_read_is_nothing() -> None:
    looks = [sample(1, jobs="x"), sample(2, jobs='{"a": 1}'), sample(3, jobs="[[1], 2]")]
    made = checked(recorded([row("a.v", why_waited="[", loads="{")], looks))

    assert [one["jobs"] for one in made["samples"]] == [[], [], []]
    assert made["jobs"][0]["why_waited"] is None


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    checked(recorded([row("a.v", 5, -3), row("b.v", 0, 1)], [sample(9), sample(8)]))


def test_five_thousand_jobs_in_a_few_seconds() -> None:
    rows = [
        row(
            f"d{n % 9}/f{n}.v",
            n / 8,
            1 + n % 7,
            deps=[f"d{(n - 9) % 9}/f{n - 9}.v"] if n > 8 else [],
        )
        for n in range(5000)
    ]
    looks = [sample(n / 2, jobs='[["a.v", 1, 1]]') for n in range(1200)]
    found = replace(recorded(rows, looks), build="big")
    began = time.process_time()
    made = document(found, outline(found), budget=60)
    spent = time.process_time() - began

    assert len(made["previous"]["files"]) == 5000
    assert len(made["critical_path"]) == 556
    assert [change["change"] for change in made["what_if"]] == ["8 cores, -j32", "2 cores"]
    assert spent < 5
