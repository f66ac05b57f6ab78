"""One log for each build: what is there moves on, and nothing that is written gets lost."""

from __future__ import annotations

import fcntl
import os
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from rocqshim.files import target_of
from rocqshim.run.rotate import is_written, open_log


def write(path: Path, text: str, keep: int = 9, rotate: bool = True) -> None:
    """One build, from beginning to end."""
    file = open_log(str(path), keep, rotate)
    os.write(file, text.encode())
    os.close(file)


def logs(folder: Path) -> dict[str, str]:
    """What there is, by what follows the name."""
    return {path.name.partition(".log")[2]: path.read_text() for path in folder.glob("b.log*")}


@pytest.mark.parametrize(
    ("before", "keep", "after"),
    [
        ({}, 9, {"": "new"}),
        ({"": "a"}, 9, {"": "new", ".1": "a"}),
        ({"": "a", ".1": "b"}, 9, {"": "new", ".1": "a", ".2": "b"}),
        ({"": "a", ".1": "b", ".2": "c"}, 2, {"": "new", ".1": "a", ".2": "b"}),
        ({"": "a", ".1": "b"}, 1, {"": "new", ".1": "a"}),
        ({"": "a"}, 0, {"": "new"}),
        ({"": "a", ".1": "b"}, 0, {"": "new", ".1": "b"}),
        # A gap is filled, and what lies behind it stays.
        ({"": "a", ".2": "c"}, 9, {"": "new", ".1": "a", ".2": "c"}),
        ({".1": "b"}, 9, {"": "new", ".1": "b"}),
        # Fewer are kept than before.
        ({"": "a", ".1": "b", ".2": "c", ".3": "d"}, 1, {"": "new", ".1": "a"}),
        # Names that are nobody's number.
        ({"": "a", ".old": "x", ".7": "y"}, 1, {"": "new", ".1": "a", ".old": "x", ".7": "y"}),
    ],
)  # fmt: skip
def test_numbers(tmp_path: Path, before: dict[str, str], keep: int, after: dict[str, str]) -> None:
    for ending, text in before.items():
        (tmp_path / f"b.log{ending}").write_text(text)

    write(tmp_path / "b.log", "new", keep)

    assert logs(tmp_path) == after


@pytest.mark.parametrize("keep", [0, 1, 3])
def test_a_log_that_is_written_is_never_lost(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "b.log"
    long = open_log(str(path), keep)
    os.write(long, b"begun ")
    for number in range(6):
        write(path, f"[{number}]", keep)
    os.write(long, b"ended")
    os.close(long)

    if keep:
        kept = logs(tmp_path)
        assert "begun ended" in kept.values()
        assert kept[""] == "[5]"
    else:
        assert path.read_text() == "begun [0][1][2][3][4][5]ended"


def test_once_it_has_ended_its_time_comes(tmp_path: Path) -> None:
    path = tmp_path / "b.log"
    long = open_log(str(path), 1)
    write(path, "a", 1), write(path, "b", 1)
    assert len(logs(tmp_path)) == 3
    os.close(long)

    write(path, "c", 1)

    assert logs(tmp_path) == {"": "c", ".1": "b"}


def test_many_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "b.log"
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: write(path, str(number), 99), range(60)))

    assert sorted(map(int, logs(tmp_path).values())) == list(range(60))


def test_within_a_build_nothing_moves(tmp_path: Path) -> None:
    write(tmp_path / "b.log", "a", rotate=False)
    write(tmp_path / "b.log", "b", rotate=False)
    assert logs(tmp_path) == {"": "b"}

    around = open_log(str(tmp_path / "b.log"), 9)
    os.write(around, b"outer ")
    write(tmp_path / "b.log", "inner", rotate=False)

    assert logs(tmp_path) == {"": "outer inner", ".1": "b"}
    os.close(around)


def test_links_are_followed(tmp_path: Path) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    (tmp_path / "b.log").symlink_to("elsewhere/one")
    (there / "one").symlink_to("two")

    write(tmp_path / "b.log", "a"), write(tmp_path / "b.log", "b")

    assert {path.name for path in tmp_path.iterdir()} == {"b.log", "elsewhere"}
    assert (there / "two").read_text() == "b" and (there / "two.1").read_text() == "a"
    assert (there / "one").is_symlink()


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "b.log").symlink_to("b.log")

    with pytest.raises(OSError, match="symbolic links"):
        open_log(str(tmp_path / "b.log"), 9)


@pytest.mark.parametrize(
    "path", ["/dev/null", "/dev/stderr", "/dev/fd/2", "/proc/self/fd/1", "{}/fifo", "{}/", "{}"]
)
def test_what_is_no_file_of_ours_never_moves(tmp_path: Path, path: str) -> None:
    os.mkfifo(tmp_path / "fifo")

    assert target_of(path.format(tmp_path)) == ""


def test_a_pipe_somebody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "b.log")
    reader = os.open(tmp_path / "b.log", os.O_RDONLY | os.O_NONBLOCK)

    write(tmp_path / "b.log", "said")

    assert os.read(reader, 99) == b"said"
    assert [path.name for path in tmp_path.iterdir()] == ["b.log"]
    os.close(reader)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_log(str(tmp_path / "none/b.log"), 9)


def test_where_nothing_can_be_renamed_the_file_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that is a mount point, or in a folder that is not ours."""

    def refuse(*_: object) -> None:
        raise OSError(16, "Device or resource busy")

    write(tmp_path / "b.log", "a long text")
    monkeypatch.setattr(os, "rename", refuse)
    write(tmp_path / "b.log", "b")
    assert logs(tmp_path) == {"": "b"}

    held = open_log(str(tmp_path / "b.log"), 9)
    write(tmp_path / "b.log", "c")
    assert is_written(str(tmp_path / "b.log"))
    os.close(held)


def test_a_log_that_somebody_else_locks_hangs_nobody(tmp_path: Path) -> None:
    with (tmp_path / "b.log").open("w") as theirs:
        fcntl.flock(theirs, fcntl.LOCK_EX)
        write(tmp_path / "b.log", "a", keep=0)
    assert logs(tmp_path) == {"": "a"}


def test_a_folder_that_somebody_else_locks_hangs_nobody(tmp_path: Path) -> None:
    """`flock . rocqshim run --log build.log -- make`."""
    write(tmp_path / "b.log", "a")
    theirs = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(theirs, fcntl.LOCK_EX)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write, tmp_path / "b.log", "b")
        try:
            wait([done], 10)
            assert done.done()
        finally:
            os.close(theirs)
    assert logs(tmp_path) == {"": "b", ".1": "a"}


def test_more_logs_than_python_does_calls(tmp_path: Path) -> None:
    before = {"": "0"} | {f".{number}": str(number) for number in range(1, 1500)}
    for ending, text in before.items():
        (tmp_path / f"b.log{ending}").write_text(text)

    write(tmp_path / "b.log", "new", 1499)

    after = {"": "new"} | {f".{number}": str(number - 1) for number in range(1, 1500)}
    assert logs(tmp_path) == after
