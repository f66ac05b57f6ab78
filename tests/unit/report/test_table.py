"""The report as text for a terminal."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from rocqshim.report.document import document, outline
from rocqshim.report.table import text

from .support import G, lively, recorded, row, sample


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def paragraphs(shown: str) -> dict[str, list[str]]:
    """What stands below each head."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in shown.splitlines():
        if line.startswith("  "):
            found[last].append(line.strip())
        else:
            last = line
            found[last] = []
    return found


def test_the_whole_of_a_build() -> None:
    before = recorded([row("a.v", 0, 4, anon_peak=G), row("b.v", 4, 9)], build="b0")

    shown = text(document(lively(), outline(before)))

    assert shown.splitlines()[:2] == [
        "build b1 of p, 2023-11-14 22:13:20: 6 jobs of 5 files, 1 repeated, 1 failed in 29.5 s",
        "  peak 7G of memory-max 8G (88%), 4 cores (rocq-p.slice, systemd)",
    ]
    found = paragraphs(shown)
    assert list(found)[1:] == [
        "longest:",
        "most memory:",
        "longest wait:",
        "repeated:",
        "not done:",
        "cores not at work, 93% of the build, because of:",
        "critical path, 2 files, 19.0 s:",
        "what if, simulated (as it was: 19.0 s, it took 29.5 s):",
        "against build b0 (13.0 s), grown most:",
    ]
    assert found["longest:"][1].split() == "a.v 10.0 s 10.0 s 2G".split()
    assert found["most memory:"][1].startswith("a.v ")
    assert [line.split()[0] for line in found["longest wait:"]] == ["FILE", "b.v", "c.v"]
    assert found["longest wait:"][1].endswith("5.0 s   memory")
    assert found["repeated:"][1:] == [
        "b.v   1        5G   killed: memory-max of the slice was full"
    ]
    assert found["not done:"][1:] == ["/elsewhere/d\\udcff?.v  1G   failed: exit 1"]
    assert found["critical path, 2 files, 19.0 s:"] == ["a.v > b.v"]
    assert found["against build b0 (13.0 s), grown most:"] == [
        "a.v  CPU 4.0 s -> 10.0 s (+150%)  memory 1G -> 2G (+100%)"
    ]


def test_lists_end() -> None:
    rows = [
        row(f"f{n}.v", n, 1 + n, verdict="oom-job", deps=[f"f{n - 1}.v"] * (n > 0))
        for n in range(25)
    ]

    found = paragraphs(text(document(recorded(rows))))

    assert found["not done:"][-1] == "and 15 more"
    assert len(found["longest:"]) == 11
    (path,) = found["critical path, 25 files, 5 min 25 s:"]
    assert path.startswith("f0.v > f1.v") and "f4.v > (15 more) > f20.v" in path


def test_nothing_grew() -> None:
    now, then = recorded([row("a.v")]), recorded([row("a.v")], build="b0")

    assert "against build b0 (1.0 s): none of 1 file grew by 5%" in text(
        document(now, outline(then))
    )


def test_it_still_runs_and_little_is_known() -> None:
    shown = text(document(replace(recorded([], [sample(0)]), running=True)))

    assert shown.splitlines() == [
        "build b1 of p, 2023-11-14 22:13:20: 0 jobs of 0 files in 0.00 s, and it runs on",
        "  peak 1G of memory-max 8G (12%), 4 cores (no slice, no limits)",
    ]


def test_what_fails_in_a_simulation_is_named() -> None:
    rows = [row("a.v", 0, 4), row("b.v", 4, 4, anon_peak=7 * G)]

    shown = text(document(recorded(rows, [sample(0.5)])))

    assert shown.splitlines()[-3:] == [
        "  8 cores, -j8   4.0 s  -4.0 s",
        "  -j2            4.0 s  -4.0 s",
        "  memory-max 6G  fails  out of memory: b.v",
    ]
