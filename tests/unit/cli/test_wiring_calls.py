"""Compiler calls in recipes: what is one, and whether it is wrapped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.doctor.wiring.calls import calls_in


def seen(line: str, **options: object) -> list[tuple[str, bool]]:
    """The files of the calls, and whether each is wrapped."""
    return [(call.file, call.is_wrapped) for call in calls_in(line, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "line",
    [
        'coqc -q a.v',
        '"coqc"   -q -w "-x" a.v',
        '/opt/coq/bin/coqc.opt a.v',
        'rocq compile -q a.v',
        'X=1 Y="2 3" coqc a.v',
        'command time -f "%e" coqc a.v',
        'timeout 600 rocq c a.v > log 2>&1',
        'ulimit -s unlimited; coqc a.v',
        'if test 1; then coqc a.v; fi',
        'cd x && ( coqc a.v )',
        'bash -c "ulimit -s 9; coqc a.v"',
        "sh -ec 'coqc a.v'",
        'x=`coqc a.v`',
        'etc/coqccache.sh .coqdep.mk coqc a.v',
        "echo 'an open quotation; coqc a.v",
        'coqc -vos a.v',
        'coqc a.v \\\n  && touch b',
    ],
)  # fmt: skip
def test_calls_without_the_launcher(line: str) -> None:
    assert seen(line) == [("a.v", False)]


@pytest.mark.parametrize(
    "line",
    [
        "rocq-exec coqc -q a.v",
        "'/a b/rocq-exec' -- coqc a.v",
        "rocq-exec rocq compile a.v",
        "rocq-exec compile -q a.v",
        "rocq-exec -q a.v",
        "rocq-exec a.v",
        "rocq-exec rocq-exec coqc a.v",
        "X=1 time rocq-exec coqc a.v",
        'rocq-exec sh -c "coqc a.v"',
        "rocq-exec command time -f x coqc a.v",
        "rocq-exec ./my-compiler a.v",
    ],
)
def test_calls_through_the_launcher(line: str) -> None:
    assert seen(line) == [("a.v", True)]


@pytest.mark.parametrize(
    "line",
    [
        'echo ""COQC a.v',
        "echo coqc a.v",
        "printf '%s' coqc a.v",
        "coqdep -f a.v",
        "rocq dep a.v",
        "rocq makefile -f _CoqProject -o x",
        "coqc --print-version",
        "rocq-exec coqc -where",
        "rocq-exec ocamlopt -c x.ml",
        "rm -f a.vo coqc",
        "coq_makefile -f _CoqProject",
        "rocq-exec",
        "",
        "# coqc",
    ],
)
def test_probes_and_other_programs_are_none(line: str) -> None:
    assert seen(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "coqc a.v > log 2>&1",
        "coqc a.v >>log 2>/dev/null",
        'coqc a.v &> "a log"',
        ">log coqc 2>&1 a.v",
        "coqc a.v <<EOF",
        "coqc a.v < in >| out 2>&-",
    ],
)
def test_redirections_are_no_arguments(line: str) -> None:
    (call,) = calls_in(line)

    assert call.text == "coqc a.v"


def test_what_is_quoted_is_no_redirection() -> None:
    (call,) = calls_in("coqc 'a>b.v' \">\" \\< 2 >log")

    assert call.text == "coqc 'a>b.v' '>' '<' 2"


def test_several_in_one_line() -> None:
    line = "rocq-exec coqc a.v && coqchk -silent X.a; coqnative a.vo"

    assert seen(line) == [("a.v", True), ("X.a", False), ("a.vo", False)]


def test_a_shim_is_the_launcher_by_another_name() -> None:
    assert seen("bin/coqc a.v; coqc b.v", is_shim=lambda program: program == "bin/coqc") == [
        ("a.v", True),
        ("b.v", False),
    ]


@given(st.text(alphabet="coqcrocq-exec .v;&|()\"'`\\$ \n\t#ab/=", max_size=60))
def test_no_text_is_an_error(line: str) -> None:
    for call in calls_in(line):
        assert call.program and call.file
