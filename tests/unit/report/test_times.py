"""Where the time went: idle cores, the critical path, what if."""

from __future__ import annotations

import itertools
import time

from rocqshim.report.critical import critical
from rocqshim.report.document import document
from rocqshim.report.jobs import entry
from rocqshim.report.lost import lost
from rocqshim.report.what_if import at_once, what_if

from .support import BEGAN, G, lively, recorded, row, sample


def look(t: float, running: int, blocked: str = "") -> dict[str, object]:
    return {"t": t, "running": running, "blocked": blocked}


def test_cores_are_lost_for_the_reason_of_the_sample() -> None:
    samples = [look(0, 4), look(1, 1, "memory"), look(2, 2, "memory"), look(3, 1)]

    assert lost(samples, 4, 4.0) == {"memory": 5.0, "dependencies": 3.0}


def test_more_may_run_than_there_are_cores() -> None:
    assert lost([look(0, 9), look(1, 9)], 4, 2.0) == {}


def test_in_a_gap_nothing_ran() -> None:
    samples = [look(0, 4), look(1, 4, "cores"), look(2, 3, "cores"), look(12, 4)]

    # Three usual periods after the sample before the gap; then all four cores.
    assert lost(samples, 4, 13.0) == {"dependencies": 28.0, "cores": 3.0}


def test_nobody_looked() -> None:
    assert lost([], 4, 9.0) is None
    assert lost([look(0, 1)], None, 9.0) is None


def path(*rows: object) -> list[str]:
    return [job["file"] for job in critical([entry(one, BEGAN) for one in rows])]  # type: ignore[arg-type]


def test_the_critical_path_is_the_longest_chain() -> None:
    a, b, c = row("a.v", 0, 2), row("b.v", 2, 9, deps=["a.v"]), row("c.v", 2, 3, deps=["a.v"])
    d, alone = row("d.v", 11, 1, deps=["b.v", "c.v", "gone.v"]), row("x.v", 0, 11)

    assert path(a, b, c, d, alone) == ["a.v", "b.v", "d.v"]


def test_of_a_file_that_was_repeated_the_last_attempt_counts() -> None:
    a, b = row("a.v", 0, 50, verdict="oom-slice"), row("a.v", 50, 2, attempt=2)

    assert path(a, b, row("b.v", 0, 3)) == ["b.v"]


def test_checks_are_no_part_of_it_unless_there_is_nothing_else() -> None:
    check = row("a.v", 9, 99, kind="check")

    assert path(row("a.v", 0, 1), row("b.v", 1, 1, deps=["a.v"]), check) == ["a.v", "b.v"]
    assert path(check) == ["a.v"]
    assert path() == []


def test_a_circle_ends() -> None:
    assert path(row("a.v", deps=["b.v"]), row("b.v", deps=["a.v"]))


def test_what_is_on_it_is_marked() -> None:
    made = document(lively())

    marked = [(job["file"], job["attempt"]) for job in made["jobs"] if job["critical"]]
    assert marked == [("a.v", 1), ("b.v", 2)]
    assert made["critical_seconds"] == 19.0


def two_at_once() -> tuple[object, list[dict[str, object]]]:
    """Four free files of 3G each, 10 s: in 8G two fit, so it took 20 s."""
    rows = [row(f"{n}.v", 0 if n < 2 else 10, 10, anon_peak=3 * G) for n in range(4)]
    found = recorded(
        [
            row(r.file, r.started - BEGAN, 10, anon_peak=3 * G, waited=r.started - BEGAN)
            for r in rows
        ],
        [sample(0.5, memory_max=8 * G)],
    )
    return found, [entry(one, BEGAN) for one in found.rows]


def test_more_memory_less_memory() -> None:
    found, jobs = two_at_once()

    made = what_if(found, jobs, 60, time.monotonic)  # type: ignore[arg-type]

    assert made.seconds == 20.0
    by_name = {change["change"]: change["difference"] for change in made.changes}
    assert by_name == {
        "memory-max 12G": -10.0, "-j2": 0.0, "8 cores, -j8": 0.0, "memory-max 6G": 0.0, "-j8": 0.0,
        "memory-max 16G": -10.0, "2 cores": 0.0,
    }  # fmt: skip


def test_a_change_with_which_it_would_fail() -> None:
    found = recorded([row("a.v", 0, 4), row("b.v", 4, 4, anon_peak=7 * G)], [sample(0.5)])

    made = document(found)["what_if"]

    (change,) = [one for one in made if one["change"] == "memory-max 6G"]
    assert (change["seconds"], change["difference"], change["failed"]) == (None, None, ["b.v"])


def test_a_large_build_is_foreseen_by_the_queue_alone() -> None:
    rows = [row(f"{n}.v", n, 1, anon_peak=G) for n in range(600)]
    found = recorded([*rows, row("big.v", 600, 1, anon_peak=7 * G)], [sample(0.5)])

    made = document(found)

    by_name = {change["change"]: change for change in made["what_if"]}
    assert made["simulated_seconds"] == 601.0  # as it was, one after another
    assert by_name["-j2"]["seconds"] == 301.0
    assert by_name["memory-max 6G"]["failed"] == ["big.v"]


def test_the_time_for_it_is_bounded() -> None:
    found, jobs = two_at_once()
    clock = itertools.count(0.0, 1.0)  # each look at it is a second later

    assert len(what_if(found, jobs, 4.0, lambda: next(clock)).changes) == 2  # type: ignore[arg-type]
    assert what_if(found, jobs, 0.0, lambda: next(clock)).changes == []  # type: ignore[arg-type]


def test_nothing_is_foreseen_of_one_file_or_without_cores() -> None:
    assert document(recorded([row("a.v")], [sample(0.1)]))["what_if"] == []
    assert document(recorded([row("a.v"), row("b.v")]))["simulated_seconds"] is None


def test_how_many_make_had_asked_for() -> None:
    rows = [
        row("a.v", 0, 2), row("b.v", 1, 2, waited=1.0), row("c.v", 3, 1),
        row("Top.v", 0, 9, kind="interactive"),
    ]  # fmt: skip

    assert at_once([entry(one, BEGAN) for one in rows]) == 2
