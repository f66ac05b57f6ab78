"""A damaged file is set aside."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.history import STEPS, History

from .support import BUILD, JOB, aside, opened


def test_a_file_that_is_no_database_is_set_aside(path: str) -> None:
    os.makedirs(os.path.dirname(path))
    Path(path).write_bytes(b"garbage " * 1000)

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert "damaged" in history.problem
    (name,) = aside(path)
    assert name in history.problem
    assert Path(os.path.dirname(path), name).read_bytes() == b"garbage " * 1000
    assert history.jobs_of_build(BUILD) == [JOB]


def damaged(path: str) -> None:
    """A history whose pages, but for the first, are rubbish."""
    history = opened(path)
    for _ in range(200):
        history.record(JOB)
    history.close()
    size = os.path.getsize(path)
    with Path(path).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


def test_damage_that_shows_only_when_a_job_is_recorded(path: str) -> None:
    damaged(path)
    history = opened(path)

    history.record(JOB)

    assert history.problem
    assert "damaged" in history.problem
    assert len(aside(path)) == 1
    assert history.jobs_of_build(BUILD) == [JOB]


def test_reading_sets_nothing_aside(path: str) -> None:
    damaged(path)  # its writer may be at work
    history = opened(path)

    assert history.jobs_of_build(BUILD) == []
    assert history.problem
    assert aside(path) == []


def test_the_log_that_another_broker_holds_goes_with_the_damaged_file(path: str) -> None:
    damaged(path)
    holder = opened(path)
    assert holder.database._db is not None
    holder.database._db.execute(
        f"PRAGMA user_version = {len(STEPS)}"
    )  # to the log, which now has an owner

    history = opened(path)
    history.record(JOB)

    assert {name.removeprefix(aside(path)[0]) for name in aside(path)} == {"", "-wal", "-shm"}
    assert history.jobs_of_build(BUILD) == [JOB]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("memory_peak", "much"),
        ("memory_peak", 1.5),
        ("memory_peak", b"\xff\x00"),
        ("wall", "long"),
        ("wall", None),
        ("started", float("inf")),
        ("file", None),
        ("file", b"\xff"),
        ("attempt", "first"),
    ],
)
def test_a_row_that_is_not_whole_is_left_out(path: str, column: str, value: object) -> None:
    history = opened(path)
    for file in ("a.v", "b.v"):
        history.record(replace(JOB, file=file))
    history.close()
    with sqlite3.connect(path) as db:
        db.execute(f"UPDATE jobs SET {column} = ? WHERE file = 'a.v'", [value])
    db.close()

    history = opened(path)

    assert [job.file for job in history.jobs_of_build(BUILD)] == ["b.v"]
    assert [job.file for job in history.jobs_of_project(JOB.root, 9)] == ["b.v"]
    assert history.problem is None
