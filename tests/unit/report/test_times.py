"""Where the time went: idle cores, the critical path, what if."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.report.critical import critical
from rocqshim.report.document import document
from rocqshim.report.jobs import entry
from rocqshim.report.lost import lost, short_of_work
from rocqshim.report.recorded import Recorded
from rocqshim.report.table import text
from rocqshim.report.what_if import at_once, what_if

from .support import BEGAN, G, lively, old, recorded, row, sample


def look(t: float, running: int, blocked: str = "") -> dict[str, object]:
    return {"t": t, "running": running, "blocked": blocked, "cpu": None, "machine_cpu": None}


def test_cores_are_lost_for_the_reason_of_the_sample() -> None:
    samples = [look(0, 4), look(1, 1, "memory"), look(2, 2, "memory"), look(3, 1)]

    assert lost(samples, [], 4, 4.0) == {"memory": 5.0, "dependencies": 3.0}


def test_more_may_run_than_there_are_cores() -> None:
    assert lost([look(0, 9), look(1, 9)], [], 4, 2.0) == {}


def test_in_a_gap_nothing_ran() -> None:
    samples = [look(0, 4), look(1, 4, "cores"), look(2, 3, "cores"), look(12, 4)]

    # Three usual periods after the sample before the gap; then all four cores.
    assert lost(samples, [], 4, 13.0) == {"dependencies": 28.0, "cores": 3.0}


def test_a_core_with_a_job_may_be_busy_with_others() -> None:
    """Two jobs got 0.8 of two cores: 1.1 did other work, 0.1 waited for disks."""
    rates = {"cpu": 0.8, "machine_cpu": 1.9}
    samples = [look(0, 2), {**look(1, 2), **rates}, {**look(2, 1), **rates}, look(3, 2)]

    assert lost(samples, [], 2, 3.0) == {"others": 2.2, "dependencies": 1.0}


@pytest.mark.parametrize(("used", "busy"), [(2.1, 4.0), (1.0, None), (None, 3.0), (1.0, 1.0)])
def test_a_core_that_works_or_of_which_nobody_knows_is_not_lost(
    used: float | None, busy: float | None
) -> None:
    samples = [look(0, 2), {**look(1, 2), "cpu": used, "machine_cpu": busy}]

    assert lost(samples, [], 2, 1.0) == {}


def test_no_more_is_lost_than_there_is() -> None:
    rates = {"cpu": 0.0, "machine_cpu": 8.0}
    samples = [look(0, 3), {**look(1, 1, "memory"), **rates}, {**look(2, 9), **rates}]

    found = lost(samples, [], 4, 2.0)
    assert found == {"others": 4.0, "memory": 3.0, "dependencies": 1.0}
    assert sum(found.values()) == 4 * 2.0


def test_jobs_that_had_little_of_a_processor_are_told_of() -> None:
    rows = [row("a.v", 0, 6.0, user=2.0, system=0.5), row("b.v", 0, 3.7, user=1.5, system=0.0)]
    jobs = [entry(one, BEGAN) for one in rows]

    assert short_of_work(jobs) == "Jobs ran 9.7 s and had 4.0 s of CPU."
    assert short_of_work([entry(row("a.v", 0, 6.0, user=5.5), BEGAN)]) == ""
    assert short_of_work([entry(old("a.v"), BEGAN)]) == ""


def test_between_two_looks_the_jobs_say_how_many_ran() -> None:
    """One look came when a job had just ended, and the next began at once; the last one stood."""
    jobs = [entry(row(f"{n}.v", at, wall), BEGAN) for n, (at, wall) in enumerate(RAN)]
    samples = [look(0, 1), look(1, 0), look(2, 2)]

    # The second that another build has is no idle one.
    assert lost(samples, jobs, 2, 3.0) == {"dependencies": 2.0}


RAN = [(0.0, 1.0), (1.0, 2.0)]


def test_nobody_looked() -> None:
    assert lost([], [], 4, 9.0) is None
    assert lost([look(0, 1)], [], None, 9.0) is None


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
    # What changes nothing is left out: any -j, more or fewer cores, less memory.
    by_name = {change["change"]: change["difference"] for change in made.changes}
    assert by_name == {"memory-max 12G": -10.0, "memory-max 16G": -10.0}


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


def ended_short(needed: dict[str, int] | None = None, **values: object) -> Recorded:
    """One small file, and one that was killed each time it was tried, in 8G."""
    killed = {"verdict": "oom-slice", "status": 9, **values}
    rows = [
        row("a.v", 0, 4),
        row("big.v", 4, 9, anon_peak=7 * G, **killed),
        row("big.v", 13, 9, anon_peak=8 * G, attempt=2, lean=1, deps=["a.v"], **killed),
    ]
    return replace(recorded(rows, [sample(0.5)]), needed=needed or {})


def test_a_file_that_ran_out_of_memory_is_what_it_is_about() -> None:
    made = document(ended_short())

    assert made["simulated_seconds"] is None
    assert made["out_of_memory"] == [
        {"file": "big.v", "had": 8 * G, "needed": None, "limit": "memory-max"}
    ]
    # Only what may cure it, and under which condition; it takes at least as long as it had run.
    assert [(c["change"], c["seconds"], c["unproven"]) for c in made["what_if"]] == [
        ("memory-max 12G", 13.0, ["big.v"]),
        ("memory-max 16G", 13.0, ["big.v"]),
    ]
    shown = text(made)
    assert "what if, simulated (as it was: out of memory, it took 22.0 s):" in shown
    assert "  big.v needs more than 8G: it had that when it was killed.\n" in shown
    assert "  memory-max 12G  13.0 s  if big.v needs no more" in shown


def test_one_that_was_alone_and_was_not_tried_again_is_given_more_and_never_less() -> None:
    """With retries = 0: a small heap was not tried, so nothing says that it would do."""
    killed = {"verdict": "oom-slice", "status": 9, "anon_peak": int(8.3 * G)}
    rows = [row("a.v", 0, 4), row("big.v", 4, 9, **killed)]

    made = document(recorded(rows, [sample(0.5)]))

    assert [c["change"] for c in made["what_if"]] == ["memory-max 12G", "memory-max 16G"]


def test_what_it_needed_before_is_enough() -> None:
    made = document(ended_short({"big.v": 20 * G}))

    assert [(c["change"], c["unproven"]) for c in made["what_if"]] == [("memory-max 21G", [])]
    assert "big.v had 8G when it was killed; it needed 20G before." in text(made)


def test_one_at_its_own_limit_wants_that_raised() -> None:
    found = ended_short(verdict="oom-job", job_memory_max=8 * G)
    made = document(replace(found, samples=[sample(0.5, memory_max=64 * G)]))

    assert [(c["change"], c["unproven"]) for c in made["what_if"]] == [
        ("job-memory-max 12G", ["big.v"]),
        ("job-memory-max 16G", ["big.v"]),
    ]


def test_of_one_file_alone_it_is_still_said_what_it_needs() -> None:
    found = ended_short()
    made = document(replace(found, rows=found.rows[1:]))

    assert [one["file"] for one in made["out_of_memory"]] == ["big.v"]
    assert [c["change"] for c in made["what_if"]] == ["memory-max 12G", "memory-max 16G"]


def test_the_time_for_it_is_bounded() -> None:
    found, jobs = two_at_once()
    clock = itertools.count(0.0, 1.0)  # each look at it is a second later

    assert len(what_if(found, jobs, 4.0, lambda: next(clock)).changes) == 1  # type: ignore[arg-type]
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


moments = st.floats(0, 20).map(lambda value: round(value, 1))


@given(
    st.lists(st.tuples(moments, moments), max_size=12),
    st.lists(st.tuples(moments, st.integers(0, 5), st.none() | moments), max_size=12),
    st.integers(1, 4),
)
def test_what_is_lost_is_part_of_what_there_was(
    ran: list[tuple[float, float]], looks: list[tuple[float, int, float | None]], cores: int
) -> None:
    jobs = [entry(row(f"{n}.v", at, wall), BEGAN) for n, (at, wall) in enumerate(ran)]
    samples = [
        {**look(at, running), "cpu": cpu, "machine_cpu": cpu and cpu * 1.5}
        for at, running, cpu in sorted(looks, key=lambda one: one[0])
    ]
    found = lost(samples, jobs, cores, 40.0)

    assert (found is None) == (not samples)
    assert all(amount > 0 for amount in (found or {}).values())
    assert sum((found or {}).values()) <= cores * 40.0 + 0.01
