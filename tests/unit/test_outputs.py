"""What is removed after a kill, and above all what is not."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.outputs import (
    COARSE,
    OBJECTS,
    TICK,
    Outputs,
    outputs,
    remove_truncated,
    remove_written,
)

MAGIC = b"Coq!\x00\x01\x3e\xc1"
WHOLE = MAGIC + (4711).to_bytes(8, "big") + b"segments"
CUT = MAGIC + bytes(8) + b"segm"
GLOB = b"DIGEST 0123\n"
Write = Callable[..., Path]

START = 1_700_000_000_123_456_789  # ns
COQC = ["coqc", "-q", "a.v"]
THERE = Outputs("out/a.vo", "out/.a.aux", "out/a.glob", ("out/a.vos", "out/a.vok"))
HERE = Outputs("a.vo", ".a.aux", "a.glob", ("a.vos", "a.vok"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file in the job's folder, stamped ``after`` ns later than the job's start."""

    def write(name: str, content: bytes = b"", after: int = 1_000_000_001) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(START + after, START + after))
        return path

    return write


def removed(folder: Path, words: list[str] = COQC, file: str = "a.v", kind: str = "vo") -> set[str]:
    gone = remove_truncated(str(folder), words, file, kind, START)
    assert not any(os.path.lexists(path) for path in gone)
    return {os.path.relpath(path, folder) for path in gone}


@pytest.mark.parametrize(
    ("content", "goes"),
    [
        (b"", True),
        (MAGIC, True),
        (CUT[:15], True),
        (CUT[:16], True),
        (CUT, True),
        (WHOLE, False),
        (WHOLE[:16], False),
        (MAGIC + bytes(7) + b"\x01", False),
    ],
)
@pytest.mark.parametrize("kind", ["vo", "vos", "vio"])
def test_an_object_goes_by_its_header(
    tmp_path: Path, write: Write, kind: str, content: bytes, goes: bool
) -> None:
    write(f"a.{kind}", content)

    assert removed(tmp_path, kind=kind) == ({f"a.{kind}"} if goes else set())


def test_killed_before_the_vo_was_opened(tmp_path: Path, write: Write) -> None:
    write("a.glob")
    write(".a.aux")
    write("a.v", b"Check nat.")

    assert removed(tmp_path) == {"a.glob", ".a.aux"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.v"]


def test_killed_while_the_vo_was_written(tmp_path: Path, write: Write) -> None:
    write("a.vo", CUT)
    write("a.glob", GLOB)  # cut at some buffer's end
    write(".a.aux")

    assert removed(tmp_path) == {"a.vo", "a.glob", ".a.aux"}


def test_killed_after_the_vo_was_closed(tmp_path: Path, write: Write) -> None:
    for name in ("a.vos", "a.vok"):
        write(name)
    write("a.vo", WHOLE)
    write("a.glob", GLOB)
    write(".a.aux", b"COQAUX1")

    assert removed(tmp_path) == set()


def test_an_empty_glob_goes_even_beside_a_whole_vo(tmp_path: Path, write: Write) -> None:
    write("a.vo", WHOLE)
    write("a.glob")

    assert removed(tmp_path) == {"a.glob"}


def test_a_vo_of_an_earlier_build_does_not_vouch_for_the_glob(tmp_path: Path, write: Write) -> None:
    write("a.vo", WHOLE, after=-10 * COARSE)
    write("a.glob", GLOB)

    assert removed(tmp_path) == {"a.glob"}


@pytest.mark.parametrize(("vo", "goes"), [(CUT, True), (None, True), (WHOLE, False)])
def test_empty_marks_go_unless_the_vo_that_they_speak_of_is_whole(
    tmp_path: Path, write: Write, vo: bytes | None, goes: bool
) -> None:
    write("a.vos")
    write("a.vok")
    if vo is not None:
        write("a.vo", vo, after=-10 * COARSE)

    assert removed(tmp_path) == ({"a.vos", "a.vok"} if goes else set())


def test_marks_with_content_are_not_of_this_kind_of_job(tmp_path: Path, write: Write) -> None:
    write("a.vos", WHOLE)

    assert removed(tmp_path) == set()


def test_the_empty_vok_of_a_vok_job_is_its_complete_output(tmp_path: Path, write: Write) -> None:
    write("a.vok")
    write("a.vo", CUT)
    write("a.vos", CUT)
    write("a.glob", GLOB)
    write(".a.aux")

    assert removed(tmp_path, kind="vok") == {".a.aux"}


def test_a_vos_job_writes_nothing_but_its_vos(tmp_path: Path, write: Write) -> None:
    for name in ("a.glob", ".a.aux", "a.vok"):
        write(name)
    write("a.vo", CUT)
    write("a.vos", CUT)

    assert removed(tmp_path, kind="vos") == {"a.vos"}


@pytest.mark.parametrize("name", ["a.vo", "a.glob", ".a.aux", "a.vos", "a.vok"])
def test_what_was_there_before_stays(tmp_path: Path, write: Write, name: str) -> None:
    write(name, b"", after=-TICK - 1)

    assert removed(tmp_path) == set()


# Files are stamped with the kernel's last tick, or in whole seconds, or in even ones.
@pytest.mark.parametrize(
    ("stamp", "goes"),
    [
        (START, True),
        (START - TICK, True),
        (START - TICK - 1, False),
        (START // 10**9 * 10**9, True),
        (START // (2 * 10**9) * 2 * 10**9, True),
        (START // 10**9 * 10**9 - COARSE, False),
    ],
)
def test_a_stamp_may_lie_a_little_before_the_start(
    tmp_path: Path, write: Write, stamp: int, goes: bool
) -> None:
    write("a.vo", CUT, after=stamp - START)

    assert removed(tmp_path) == ({"a.vo"} if goes else set())


def test_a_file_made_right_after_the_start_is_ours(tmp_path: Path) -> None:
    for number in range(50):
        started = time.time_ns()
        (tmp_path / "a.vo").write_bytes(CUT)
        assert remove_truncated(str(tmp_path), COQC, "a.v", "vo", started), number


@pytest.mark.parametrize(
    ("words", "file", "kind", "expected"),
    [
        (["coqc", "a.v"], "a.v", "vo", HERE),
        (["rocq", "c", "./t/a.v"], "./t/a.v", "vos", Outputs("./t/a.vos")),
        (["coqc", "-vok", "t/a.v"], "t/a.v", "vok", Outputs("", "t/.a.aux", "t/a.glob")),
        (["coqc", "-o", "out/a.vo", "t/a.v"], "t/a.v", "vo", THERE),
        (["coqc", "-o", "out/a", "a.v"], "a.v", "vo", THERE),
        (["coqc", "-vos", "-o", "o/a.vos", "a.v"], "a.v", "vos", Outputs("o/a.vos")),
        (["coqc", "-o", "x/a", "-o", "y/a", "-vos", "a.v"], "a.v", "vos", Outputs("y/a.vos")),
        (["coqc", "-vos", "a.v", "-o"], "a.v", "vos", Outputs("a.vos")),
        (["time", "-o", "log", "coqc", "a.v"], "a.v", "other", HERE),
        (["coqc", "-w", "-o", "a"], "a.v", "vo", HERE),
        (["coqc", "-topfile", "-noglob", "a.v"], "a.v", "vo", HERE),
        (["coqc", "-vok", "-dump-glob", "g/x", "a.v"], "a.v", "vok", Outputs("", ".a.aux", "g/x")),
        (["coqc", "-vok", "-noglob", "a.v"], "a.v", "vok", Outputs("", ".a.aux")),
        (["coqc", "-vok", "-no-glob", "a.v"], "a.v", "vok", Outputs("", ".a.aux")),
        (["coqc", "-vio", "a.b.v"], "a.b.v", "vio", Outputs("a.b.vio")),
        (["coqc", "-vio2vo", "a.vio"], "a.vio", "vo", HERE),
    ],
)
def test_the_names_are_those_that_the_compiler_uses(
    words: list[str], file: str, kind: str, expected: Outputs
) -> None:
    assert outputs(words, file, kind) == expected


@pytest.mark.parametrize(
    ("words", "goes"),
    [
        (["timeout", "60", "coqc", "a.v"], True),
        (["time", "/opt/bin/rocq", "c", "a.v"], True),
        (["coqtop", "-l", "a.v"], False),
        (["coqc", "-l", "a.v"], False),
        (["sh", "-c", "coqc a.v"], False),
    ],
)
def test_another_program_has_outputs_only_if_it_starts_the_compiler(
    tmp_path: Path, write: Write, words: list[str], goes: bool
) -> None:
    write("a.vo", CUT)

    assert bool(removed(tmp_path, words, "a.v", "other")) == goes


@pytest.mark.parametrize("kind", ["check", "native", "", "none"])
def test_other_kinds_write_nothing_of_this(tmp_path: Path, write: Write, kind: str) -> None:
    write("a.vo", CUT)

    assert removed(tmp_path, ["coqchk", "a.v"], "a.v", kind) == set()


def test_output_in_another_folder(tmp_path: Path, write: Write) -> None:
    write("out/a.vo", CUT)
    write("a.vo", CUT)

    assert removed(tmp_path, ["coqc", "-o", "out/a.vo", "a.v"]) == {"out/a.vo"}


def test_an_absolute_source(tmp_path: Path, write: Write) -> None:
    path = write("a.vo", CUT)

    gone = remove_truncated("/", COQC, str(tmp_path / "a.v"), "vo", START)

    assert gone == [str(path)]


def test_nothing_through_a_link(tmp_path: Path, write: Write) -> None:
    target = write("elsewhere", CUT)
    (tmp_path / "a.vo").symlink_to(target)

    assert removed(tmp_path) == set()
    assert target.exists()
    assert (tmp_path / "a.vo").is_symlink()


def test_a_link_to_a_whole_vo_does_not_vouch(tmp_path: Path, write: Write) -> None:
    (tmp_path / "a.vo").symlink_to(write("elsewhere", WHOLE))
    write("a.vos")

    assert removed(tmp_path) == {"a.vos"}


def test_what_is_no_regular_file_stays(tmp_path: Path) -> None:
    (tmp_path / "a.vo").mkdir()
    os.mkfifo(tmp_path / "a.glob")
    os.mkfifo(tmp_path / ".a.aux")

    assert remove_truncated(str(tmp_path), COQC, "a.v", "vo", 0) == []


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(path)

    path = write("a.vo", CUT)
    monkeypatch.setattr(os, "unlink", refuse)

    assert remove_truncated(str(tmp_path), COQC, "a.v", "vo", START) == []
    assert path.exists()


def test_no_descriptor_is_left_open(tmp_path: Path, write: Write) -> None:
    write("a.vo", CUT)
    write("a.glob", GLOB)
    before = len(os.listdir("/proc/self/fd"))

    removed(tmp_path)

    assert len(os.listdir("/proc/self/fd")) == before


@settings(deadline=None)
@given(
    cwd=st.sampled_from(["/nowhere", "/proc/self", "", "\0", "/dev/null"]),
    words=st.lists(st.sampled_from(["-o", "-dump-glob", "\0", "", "coqc", "a.v"]) | st.text()),
    file=st.sampled_from(["a.v", ".v", "\0.v", "/x/a.v", "\udc80.v", "a.vio"]) | st.text(),
    kind=st.sampled_from([*OBJECTS, "check", "?"]),
)
def test_it_never_raises(cwd: str, words: list[str], file: str, kind: str) -> None:
    assert remove_truncated(cwd, words, file, kind, time.time_ns() + 10**12) == []


# Before an attempt is repeated -------------------------------------------------------------------


def cleared(folder: Path, kind: str = "vo") -> set[str]:
    gone = remove_written(str(folder), COQC, "a.v", kind, START)
    assert not any(os.path.lexists(path) for path in gone)
    return {os.path.relpath(path, folder) for path in gone}


def test_all_that_an_attempt_has_written_goes(write: Write, tmp_path: Path) -> None:
    for name, content in {"a.vo": WHOLE, "a.glob": GLOB, ".a.aux": b"x", "a.vos": b""}.items():
        write(name, content)
    write("b.vo", WHOLE)
    write("a.v", b"Goal True.")

    assert cleared(tmp_path) == {"a.vo", "a.glob", ".a.aux", "a.vos"}


def test_what_is_older_than_the_attempt_stays(write: Write, tmp_path: Path) -> None:
    write("a.vo", WHOLE, after=-3 * COARSE)
    write("a.glob", GLOB, after=-3 * COARSE)

    assert cleared(tmp_path) == set()


@pytest.mark.parametrize("kind", ["check", "native"])
def test_what_compiles_nothing_has_nothing_to_clear(
    write: Write, tmp_path: Path, kind: str
) -> None:
    write("a.vo", WHOLE)

    assert cleared(tmp_path, kind) == set()


def test_nothing_is_cleared_through_a_link(write: Write, tmp_path: Path) -> None:
    target = write("elsewhere/a.vo", WHOLE)
    (tmp_path / "a.vo").symlink_to(target)

    assert cleared(tmp_path) == set()
    assert target.exists()
