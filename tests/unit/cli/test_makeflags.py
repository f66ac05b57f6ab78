"""``-j`` by MAKEFLAGS, and when not."""

from __future__ import annotations

import shlex

import pytest

from rocqshim.run.makeflags import has_jobs, makeflags, reads_makefile


@pytest.mark.parametrize(
    "words",
    [
        "-j", "-j4", "-j 4", "-kj4", "-kj", "-sj4 all", "--jobs", "--jobs=4", "--job=4",
        "all -j4", "-C dir -j4", "-Cdir -j4", "-f Makefile -j", "V=1 -j4", "-l 2 -j4", "-Oline -j",
    ],
)  # fmt: skip
def test_a_j_is_found(words: str) -> None:
    assert has_jobs(shlex.split(words))


@pytest.mark.parametrize(
    "words",
    ["", "all", "-k", "-C j", "-Cj", "-f jobs.mk", "-kf -j4", "-l4", "-Ojob", "J=4", "-- -j4",
     "--jobserver-style=fifo", "--just-print", "-I -j", "--keep-going", "-n"],
)  # fmt: skip
def test_no_j_is_not_made_up(words: str) -> None:
    assert not has_jobs(shlex.split(words))


@pytest.mark.parametrize(
    ("found", "flags"),
    [
        ("", "-j4"),
        ("k", "k -j4"),
        ("-k", "-k -j4"),
        ("kw", "kw -j4"),
        ("V=1", "V=1 -j4"),
        ("k -- V=1 W=2", "k -j4 -- V=1 W=2"),
        (" -- V=1", "-j4 -- V=1"),
        ("-- V=1", "-j4 -- V=1"),
        (r"-- V=a\ --\ b", r"-j4 -- V=a\ --\ b"),
    ],
)
def test_the_number_is_added(found: str, flags: str) -> None:
    assert makeflags(["make", "all"], found, 4) == {"MAKEFLAGS": flags}


@pytest.mark.parametrize(
    "found", ["j", "kj", "-j2", "kj2", "k -j2", " -j2 --jobserver-auth=3,4", "--jobs=2"]
)
def test_a_j_that_is_there_wins(found: str) -> None:
    assert makeflags(["make"], found, 4) == {}


@pytest.mark.parametrize("command", [["dune", "build"], ["sh", "-c", "make"]])
def test_only_make(command: list[str]) -> None:
    assert makeflags(command, "", 4) == {}


@pytest.mark.parametrize("name", ["make", "gmake", "/usr/bin/make", "gnumake"])
def test_make_by_all_its_names(name: str) -> None:
    assert makeflags([name], "", 2) == {"MAKEFLAGS": "-j2"}


@pytest.mark.parametrize(
    "words",
    [["TIMED=1"], ["-k", "pretty-timed"], ["make-pretty-timed-before"], ["TIMED=yes", "all"]],
)
def test_a_timed_build_gets_no_j(words: list[str]) -> None:
    assert makeflags(["make", *words], "", 4) == {}


@pytest.mark.parametrize("words", [["TIMED="], ["all"], ["untimed"]])
def test_any_other_does(words: list[str]) -> None:
    assert makeflags(["make", *words], "", 4) == {"MAKEFLAGS": "-j4"}


@pytest.mark.parametrize(
    ("line", "is_read"),
    [
        ("make -f -", True), ("make -kf - all", True), ("make -f-", True), ("make -kf-", True),
        ("make --file=-", True), ("make --makefile=-", True), ("make --file -", True),
        ("make -f x", False), ("make - -f x", False), ("make --file=-x", False), ("make", False),
    ],
)  # fmt: skip
def test_a_makefile_on_stdin(line: str, is_read: bool) -> None:
    assert reads_makefile(line.split()) == is_read
