"""A history that is read where nobody may write, and one that could not be begun."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.history import STEPS, History
from rocqshim.history.place import obstacle
from rocqshim.history.reader import Reader

from .support import BUILD, JOB, first_version, opened


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a read-only home; root may write anywhere else."""
    monkeypatch.setattr(Reader, "_is_writable", lambda _: False)


def test_what_is_recorded_is_read_and_nothing_written(path: str, fixed: None) -> None:
    opened(path).record(JOB)  # and its log is not folded in

    history = History.to_read(path)
    history.record(replace(JOB, file="more.v"))

    assert history.problem is None
    assert {job.file for job in opened(path).jobs_of_build(BUILD)} == {JOB.file}
    assert [row.build for row in history.builds(JOB.root, 9)] == [BUILD]


def test_one_of_an_older_version_is_brought_up_to_date_in_the_copy(path: str, fixed: None) -> None:
    first_version(path, "a.v")
    before = Path(path).read_bytes()

    history = History.to_read(path)

    assert [job.file for job in history.jobs_of_build(BUILD)] == ["a.v"]
    history.close()
    assert Path(path).read_bytes() == before


def test_a_newer_or_damaged_one_is_left_alone(path: str, fixed: None) -> None:
    history = opened(path)
    history.close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    assert "newer rocqshim" in str(History.to_read(path).problem)

    Path(path).write_bytes(b"no database\n" * 1000)
    assert "is damaged" in str(History.to_read(path).problem)
    assert Path(path).read_bytes().startswith(b"no database")


def test_nothing_is_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "there").touch()

    assert obstacle(str(tmp_path / "there")) is None
    assert obstacle(str(tmp_path / "a/b/history")) is None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("file/x/history", "Not a directory"),
        ("missing/a/b/c/history", "there is no directory"),
        ("link/history", "No such file or directory|Permission denied|there is no"),
    ],
)
def test_what_is_in_the_way(tmp_path: Path, path: str, why: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere/at/all")

    error = obstacle(str(tmp_path / path))

    assert error is not None
    assert any(word in str(error) for word in why.split("|"))


def test_a_folder_that_is_not_for_us_is_in_the_way() -> None:
    """Asked by a process that is not root's: root may write everywhere."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755 if os.getuid() == 0 else 0o500)
        pid = os.fork()
        if not pid:
            if os.getuid() == 0:
                os.setuid(65534)  # nobody's
            os._exit("Permission denied" not in str(obstacle(f"{folder}/history")))
        assert os.waitpid(pid, 0)[1] == 0
