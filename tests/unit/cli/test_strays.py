"""What is a compiler at work, who are its parents, and the line that tells of strays."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.launch.search import MARK
from rocqshim.run.strays import (
    Seen,
    Stray,
    ancestors,
    file_at_work,
    is_compiler,
    is_starting,
    tell,
    tell_of_users,
)


@pytest.mark.parametrize(
    "name",
    [b"coqc", b"coqc.opt", b"rocqworker", b"coqworker.opt", b"coqnative", b"coqchk", b"rocqchk"],
)
def test_compilers_by_the_name_that_the_kernel_has(name: bytes) -> None:
    assert is_compiler(name)


@pytest.mark.parametrize("name", [b"coqdep", b"coqworkmgr", b"make", b"sh", b"rocq", b"python3"])
def test_no_compilers(name: bytes) -> None:
    assert not is_compiler(name)


@pytest.mark.parametrize(
    ("line", "file"),
    [
        ("coqc -q a.v", "a.v"),
        ("/usr/bin/coqc.opt -q -R . X b/a.v", "b/a.v"),
        ("/usr/bin/perl ./coqc -q a.v", "a.v"),
        ("/usr/lib/rocqworker --kind=compile -q a.v", "a.v"),
        ("coqchk -silent X.a", "X.a"),
        ("coqc --print-version", ""),
        ("/usr/lib/rocqworker --kind=compile --config", ""),
        ("coqc -where", ""),
        ("sleep 5", ""),
        ("", ""),
    ],
)
def test_probes_are_not_at_work(line: str, file: str) -> None:
    assert file_at_work(line.split()) == file


def test_a_launcher_that_is_still_its_shell(tmp_path: Path) -> None:
    (tmp_path / "coqc").write_bytes(MARK + b".\n")
    (tmp_path / "own").write_text("#!/bin/sh\n")

    for path in ("coqc", "./coqc", f"{tmp_path}/coqc"):
        assert is_starting(["/bin/sh", path, "-q", "a.v"], str(tmp_path))
    for words in ([], ["coqc"], ["coqc", "-q", "a.v"], ["/bin/sh", "own"]):
        assert not is_starting(words, str(tmp_path))


def process(pid: int, parent: int) -> Seen:
    return Seen(pid, parent, 0, b"x")


def test_ancestors_up_to_the_top() -> None:
    seen = {pid: process(pid, parent) for pid, parent in [(9, 5), (5, 3), (3, 2), (2, 1)]}

    assert ancestors(seen, 9, 3) == [5, 3]
    assert ancestors(seen, 9, 77) == [5, 3, 2, 1]
    assert ancestors(seen, 4, 3) == []


def test_ancestors_of_a_sample_that_bites_its_tail() -> None:
    seen = {9: process(9, 8), 8: process(8, 9)}  # a number was used again between two reads

    assert ancestors(seen, 9, 1) == [8, 9]  # and it ends


BIG = Stray(1234, "Big.v", "coqc -q Big.v")


def test_others_whose_brokers_count() -> None:
    assert tell_of_users([]) == []
    root, unknown = tell_of_users({2**31 - 9, 0})
    assert root.startswith("what ran as root is not in these figures: the broker of root counts it")
    assert "user 2147483639" in unknown


def test_nothing_is_told_of_no_strays() -> None:
    assert tell([], ["make"]) == []


def test_the_line_names_the_first() -> None:
    assert tell([BIG], ["make", "-j8"]) == [
        "1 compiler ran outside the slice, first: Big.v (1234, coqc -q Big.v). "
        "See: rocqshim doctor -- make -j8"
    ]


def test_a_long_command_is_cut_and_what_a_terminal_acts_on_replaced() -> None:
    odd = Stray(7, "a\n.v", "coqc " + "-x " * 80)

    (line,) = tell([odd, BIG], ["make"])

    assert "2 compilers ran" in line and "a?.v (7, coqc -x -x" in line and "…)" in line
    assert len(line) < 230
