"""A file of another version of rocqshim."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.history import STEPS, History

from .support import ADDED, BUILD, JOB, aside, first_version, opened


def test_a_newer_rocqshims_file_is_left_alone(path: str) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    before = Path(path).read_bytes()

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert "newer rocqshim" in history.problem
    assert history.jobs_of_build(BUILD) == []
    assert Path(path).read_bytes() == before
    assert aside(path) == []


def test_a_database_half_made_is_made_again(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rocqshim.history.database.STEPS", ("CREATE TABLE jobs (a); nonsense",))
    broken = History.open(path)
    assert broken.problem
    monkeypatch.undo()

    history = opened(path)
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB]


def test_a_file_of_the_first_schema_is_brought_up_to_date(path: str) -> None:
    first_version(path, "a.v", "b.v")

    history = opened(path)
    history.record(JOB)

    old = [replace(JOB, file=file, **ADDED) for file in ("a.v", "b.v")]
    assert history.jobs_of_build(BUILD) == [*old, JOB]
    assert history.problem is None


def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_version(path, "a.v")
    monkeypatch.setattr("rocqshim.history.database.STEPS", (STEPS[0], f"{STEPS[1]}; nonsense"))
    assert History.open(path).problem
    monkeypatch.undo()

    history = opened(path)

    assert history.jobs_of_build(BUILD) == [replace(JOB, file="a.v", **ADDED)]


MIGRATOR = """
import os, sys
import rocqshim.history.database as database
from rocqshim.history import STEPS as steps, History
def dying(db):
    for number, statement in enumerate(filter(str.strip, steps[1].split(";"))):
        if number == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        db.execute(statement)
database._migrate = dying
History.open(sys.argv[1])
"""


@pytest.mark.parametrize("statements", [1, 5, 11])
def test_killed_in_the_middle_of_a_migration(path: str, statements: int) -> None:
    first_version(path, "a.v")
    command = [sys.executable, "-c", MIGRATOR, path, str(statements)]
    assert subprocess.run(command, cwd=Path(__file__).parents[3], check=False).returncode == -9

    history = opened(path)

    assert history.jobs_of_build(BUILD) == [replace(JOB, file="a.v", **ADDED)]


def test_two_migrate_at_once(path: str) -> None:
    first_version(path, "a.v")
    code = (
        "import sys; from rocqshim.history import History; print(History.open(sys.argv[1]).problem)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, path],
            cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip

    assert [process.communicate()[0] for process in processes] == ["None\n"] * 4
    assert len(opened(path).jobs_of_build(BUILD)) == 1


def test_an_older_file_gets_the_steps_that_it_lacks(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = opened(path)
    history.record(JOB)
    history.close()
    monkeypatch.setattr("rocqshim.history.database.STEPS", (*STEPS, "ALTER TABLE jobs ADD extra"))

    history = opened(path)
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB, JOB]
    assert history.database._db is not None
    assert history.database._db.execute("SELECT extra FROM jobs").fetchall() == [(None,), (None,)]
