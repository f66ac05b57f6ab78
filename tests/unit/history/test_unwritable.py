"""No trouble of the history reaches a build."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.history import FILE, History, database

from .support import BUILD, JOB, opened


@pytest.mark.parametrize("place", ["/proc/rocqshim", "/dev/null", "/proc/self/mem"])
def test_a_place_where_nothing_can_be_made(place: str) -> None:
    history = History.open(f"{place}/{FILE}")
    history.record(JOB)

    assert history.problem
    assert history.problem.startswith(f"The history {place}/{FILE} cannot be written: ")
    assert "ROCQSHIM_STATE" in history.problem
    assert history.jobs_of_build(BUILD) == []
    history.close()


def test_a_folder_of_that_name(path: str) -> None:
    os.makedirs(path)

    history = History.open(path)
    history.record(JOB)

    assert history.problem
    assert os.path.isdir(path)


def test_a_full_disk_and_room_again(path: str) -> None:
    history = opened(path)
    assert history.database._db is not None
    history.database._db.execute("PRAGMA max_page_count = 3")
    for _ in range(100):
        history.record(JOB)

    assert history.problem
    assert "full. Make room" in history.problem
    assert 0 < len(history.jobs_of_build(BUILD)) < 100

    history.database._db.execute("PRAGMA max_page_count = 1000000")
    history.record(JOB)
    assert len(history.jobs_of_build(BUILD)) == 101  # those that found no room, too
    assert history.problem is None


def test_a_failing_disk(path: str) -> None:
    code = (
        "import resource, sys; from rocqshim.history import History\n"
        "from tests.unit.history.support import JOB\n"
        "history = History.open(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))\n"
        "for _ in range(500): history.record(JOB)\n"
        "print(history.problem)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )

    assert "cannot be written: " in done.stdout
    assert not done.stderr
    assert opened(path).jobs_of_build(BUILD)


def test_a_writer_that_does_not_let_go(path: str) -> None:
    history = opened(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    history.record(JOB)
    assert history.problem
    assert "locked. Close the program" in history.problem

    holder.execute("COMMIT")
    holder.close()
    history.record(replace(JOB, file="b.v"))
    assert history.jobs_of_build(BUILD) == [JOB, replace(JOB, file="b.v")]
    assert history.problem is None


def test_what_waits_for_a_lock_is_written_at_the_end(path: str) -> None:
    history = opened(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    history.record(JOB)
    assert history.jobs_of_build(BUILD) == []
    holder.execute("COMMIT")
    holder.close()

    history.close()

    assert opened(path).jobs_of_build(BUILD) == [JOB]


def test_a_place_that_is_mended_while_the_broker_lives(path: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    history = History.open(path)
    assert history.problem

    (tmp_path / "state").unlink()
    history.record(JOB)

    assert history.jobs_of_build(BUILD) == [JOB]
    assert history.problem is None


def test_the_first_problem_is_the_one_that_is_told(path: str) -> None:
    history = History.open("/dev/null/x")
    first = history.problem
    history.database.path = "/proc/x/y"
    history.record(JOB)

    assert first
    assert history.problem == first


def test_what_is_lost_stays_a_problem(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "KEPT", 2)
    history = History.open("/dev/null/x")
    for _ in range(3):
        history.record(JOB)
    first = history.problem

    history.database.path = path
    history.record(JOB)

    assert first
    assert history.problem == first
    assert len(history.jobs_of_build(BUILD)) == 2


def test_a_number_that_does_not_fit(path: str) -> None:
    history = opened(path)

    history.record(replace(JOB, memory_peak=2**63))
    history.record(JOB)

    assert history.problem
    assert history.jobs_of_build(BUILD) == [JOB]  # it stands in nobody's way
