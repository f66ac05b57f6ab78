"""A build against the one before, and the gates of CI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rocqshim.errors import UserError
from rocqshim.history import JobRecord
from rocqshim.report.document import document, outline
from rocqshim.report.gates import grown, is_measured, over_peak, unmeasured
from rocqshim.report.kept import read_document

from .support import G, lively, old, recorded, row


def compared(now: list[JobRecord], then: list[JobRecord]) -> dict[str, Any]:
    return document(recorded(now), outline(recorded(then, build="b0")))


def test_what_grew_most_comes_first() -> None:
    now = [row("a.v", 0, 11), row("b.v", 0, 10, anon_peak=3 * G), row("c.v", 0, 5), row("new.v")]
    then = [row("c.v", 0, 10), row("b.v", 0, 10), row("a.v", 0, 10), row("gone.v")]

    files = compared(now, then)["previous"]["files"]

    assert [one["file"] for one in files] == ["b.v", "a.v", "c.v"]
    assert (files[0]["peak"], files[0]["peak_before"]) == (3 * G, G)
    assert (files[2]["seconds"], files[2]["seconds_before"]) == (5.0, 10.0)


def test_only_what_was_compiled_well_is_compared() -> None:
    killed = row("a.v", 0, 9, verdict="oom-slice", anon_peak=7 * G)
    now = [killed, row("a.v", 9, 1, attempt=2), row("b.v", verdict="exit-code", status=256)]

    (only,) = compared(now, [row("a.v", 0, 1), row("b.v")])["previous"]["files"]

    assert (only["file"], only["seconds"], only["peak"]) == ("a.v", 1.0, G)


def test_a_gate_names_what_grew() -> None:
    now = [row("a.v", 0, 30, user=20.0, system=0.0), row("b.v", anon_peak=2 * G), row("c.v", 0, 9)]
    then = [row("a.v", 0, 10, user=10.0, system=0.0), row("b.v"), row("c.v", 0, 8.5)]

    lines = grown(compared(now, then), 0.1)

    assert lines == [
        "2 files grew by more than 10% since build b0 (--max-growth):",
        "  a.v  CPU 10.0 s -> 20.0 s (+100%)",
        "  b.v                                memory 1G -> 2G (+100%)",
    ]
    assert grown(compared(now, then), 1.0) == []


def test_time_is_compared_where_nobody_counted_that_of_the_processor() -> None:
    now, then = [row("a.v", 0, 30)], [old("a.v", 0, 10)]

    assert "time 10.0 s -> 30.0 s (+200%)" in grown(compared(now, then), 0.1)[1]


@pytest.mark.parametrize(("wall", "peak"), [(1.9, G), (1.0, G + 63 * 2**20)])
def test_a_little_is_noise(wall: float, peak: int) -> None:
    assert grown(compared([row("a.v", 0, wall, anon_peak=peak)], [row("a.v", 0, 1)]), 0.0) == []


def test_a_peak_that_is_too_high() -> None:
    made = document(lively())

    assert over_peak(made, 2 * G) == ["1 file had more than 2G (--fail-if-peak):", "  b.v  5G"]
    assert over_peak(made, 5 * G) == []
    assert is_measured(made)
    assert not is_measured(document(recorded([old("a.v")])))


def test_a_peak_that_is_not_known_is_not_taken_for_a_small_one() -> None:
    made = document(recorded([old("a.v"), row("b.v"), old("c.v"), row("c.v", attempt=2)]))

    assert unmeasured(made) == ["1 file not judged, as the peak is not known: a.v"]
    assert unmeasured(document(lively())) == []


def test_a_report_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text(json.dumps(document(lively())))

    made = document(recorded([row("a.v", 0, 20)]), read_document(str(path)))

    assert made["previous"]["build"] == "b1"
    assert [one["file"] for one in made["previous"]["files"]] == ["a.v"]


def spoilt(name: str, value: object) -> str:
    made = document(lively())
    (made["jobs"][0] if name in made["jobs"][0] and name != "started" else made)[name] = value
    return json.dumps(made)


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"version": 2, "jobs": []}', spoilt("jobs", [1]), spoilt("jobs", None),
        spoilt("version", 2), spoilt("file", 7), spoilt("ended", "x"), spoilt("user", "x"),
        spoilt("build", None), spoilt("started", None), spoilt("memory_peak", "x"), "[" * 100_000,
    ],
)  # fmt: skip
def test_a_report_that_is_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kept.json"
    path.write_text(content)

    with pytest.raises(UserError, match=r"kept\.json is no") as error:
        read_document(str(path))
    assert "rocqshim report --json" in error.value.hint


def test_a_report_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read: No such file"):
        read_document(str(tmp_path / "nowhere.json"))
