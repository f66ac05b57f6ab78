"""What is asked of the history."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from rocqshim.history import BuildRow, History
from rocqshim.history.counts import Attempt, Counts, state_of

from .support import JOB, opened


def test_what_a_file_needed_before(path: str) -> None:
    history = opened(path)
    for number in range(5):
        history.record(replace(JOB, started=JOB.started + number, attempt=number))
    others = {"root": "/x", "file": "b.v"}
    for name, value in others.items():
        history.record(replace(JOB, started=JOB.started + 9, **{name: value}))

    found = history.attempts_at(JOB.root, JOB.file, 3)

    assert [job.attempt for job in found] == [4, 3, 2]
    late = history.attempts_at(JOB.root, JOB.file, since=JOB.started + 3)
    assert [job.attempt for job in late] == [4, 3]
    assert history.attempts_at("/nowhere", JOB.file) == []


def test_the_builds_of_a_project(path: str) -> None:
    history = opened(path)
    history.record(replace(JOB, build="first", started=10, wall=5))
    history.record(replace(JOB, build="second", started=30, wall=5, verdict="oom-slice"))
    history.record(replace(JOB, build="second", started=20, wall=50, attempt=2))
    history.record(replace(JOB, build="elsewhere", root="/x"))

    assert history.builds(JOB.root, 9) == [
        BuildRow("second", 20, 70, Counts(1, 1, 1, 0, 0, 0)),
        BuildRow("first", 10, 15, Counts(1, 1, 0, 0, 0, 0)),
    ]
    assert [row.build for row in history.builds(JOB.root, 1)] == ["second"]


@pytest.mark.parametrize("seed", range(5))
def test_rows_and_table_are_counted_alike(path: str, seed: int) -> None:
    chance = random.Random(seed)
    rows = []
    for number in range(chance.randrange(1, 9)):
        file, again = f"{number % 4}.v", chance.randrange(3)
        verdicts = ["oom-slice"] * again + [chance.choice(["success", "exit-code", "cancelled"])]
        rows += [
            replace(JOB, file=file, attempt=attempt, verdict=verdict)
            for attempt, verdict in enumerate(verdicts, 1)
        ]
    history = opened(path)
    for row in rows:
        history.record(row)

    (build,) = history.builds(JOB.root, 9)

    counted = Counts.of(
        Attempt(row.file, row.attempt, state_of(row.verdict, row.status)) for row in rows
    )
    assert build.counts == counted
    assert counted.jobs == sum(row.attempt == 1 for row in rows)
    last = [row.verdict for row in rows if not row.verdict.startswith("oom")]
    assert (counted.failed, counted.cancelled) == (last.count("exit-code"), last.count("cancelled"))
    assert counted.killed == 0


def test_a_build_that_spans_the_moment_is_counted_whole(path: str) -> None:
    history = opened(path)
    for started in (10, 20, 30):
        history.record(replace(JOB, started=started, wall=5))

    three = BuildRow(JOB.build, 10, 35, Counts(3, 1, 0, 0, 0, 0))
    assert history.builds(JOB.root, 9, since=15) == [three]
    assert history.builds(JOB.root, 9, since=31) == []


@pytest.mark.parametrize(
    ("ask", "index", "steps"),
    [
        # The few attempts at one file are sorted.
        (lambda history: history.attempts_at("/p", "f", 9), "jobs_by_file", 2),
        (lambda history: history.jobs_of_project("/p", 9), "jobs_by_root", 1),
    ],
)
def test_what_predicts_is_found_by_an_index(
    path: str, ask: Callable[[History], object], index: str, steps: int
) -> None:
    """100,000 rows: neither a scan of the table nor a sort of all."""
    history = opened(path)
    assert history.database._db is not None
    statements: list[str] = []
    history.database._db.set_trace_callback(statements.append)
    ask(history)
    history.database._db.set_trace_callback(None)

    (statement,) = statements
    plan = [row[3] for row in history.database._db.execute(f"EXPLAIN QUERY PLAN {statement}")]

    assert len(plan) == steps
    assert index in plan[0]
