"""Rules of dune as data: S-expressions, and the compilers in them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED
from rocqshim.doctor.wiring.calls import Call
from rocqshim.doctor.wiring.dune import calls_of, judge, kept
from rocqshim.doctor.wiring.dune_programs import Programs, plain
from rocqshim.doctor.wiring.sexp import Sexp, atoms, parse, walk

# From dune 2.9.3 and 3.24.1, shortened.
RULES = """\
((deps ((File (External /usr/bin/coqc)) (Sandbox_config ())))
 (targets ((In_build_dir _build/default/t/A.vo)))
 (context default)
 (action (chdir _build/default (run /usr/bin/coqc -q -R t T t/A.v))))

((deps ((File (In_build_dir /tmp/bd/default/.bin/rocq))))
 (targets ((files (/tmp/bd/default/t/B.vo)) (directories ())))
 (action (chdir /tmp/bd/default (run .bin/rocq compile -q t/B.v))))

((action (with-stdout-to t.d (run ../.bin/rocq dep -R . T A.v))))
((action (chdir x (system "cd y && coqc \\"z.v\\""))))
((action (bash "rocq-exec coqc w.v")))
((action (copy a b)))
"""


def is_shim(program: str) -> bool:
    return program == ".bin/rocq"


def test_the_compilers_of_rules() -> None:
    found = [(call.file, call.is_wrapped) for call in calls_of(parse(RULES), is_shim)]

    assert found == [("t/A.v", False), ("t/B.v", True), ("z.v", False), ("w.v", True)]


@pytest.mark.parametrize(
    ("program", "target"),
    [("../.bin/rocq", ".bin/rocq"), ("../../t/.bin/coqc", "t/.bin/coqc"), (".bin/coqc",) * 2],
)
def test_a_program_as_a_target(program: str, target: str) -> None:
    assert plain(program) == target


# From dune 2.9.3 and 3.24.1, shortened: `rocqshim launcher` makes coqc.sh, cat makes other.sh.
BINARIES = """\
((targets ((In_build_dir /bd/default/coqc.sh)))
 (action (chdir /bd/default (run /opt/bin/rocqshim launcher coqc -o coqc.sh))))
((targets ((files (/bd/default/sub/rocq.sh)) (directories ())))
 (action (chdir /bd/default (write-file sub/rocq.sh "#!/bin/sh\\nexec rocq-exec rocq \\"$@\\""))))
((targets ((In_build_dir /bd/default/other.sh))) (action (with-stdout-to other.sh (run cat x))))
((action (chdir /bd/default (symlink ../../coqc.sh t/.bin/coqc))))
((action (chdir /bd/default (symlink ../sub/rocq.sh .bin/rocq))))
((action (chdir /bd/default (symlink ../other.sh .bin/coqchk))))
"""


def test_a_launcher_that_a_rule_makes() -> None:
    asked = []

    def ask(targets: Sequence[str]) -> tuple[int, str, str]:
        asked.append(list(targets))
        return 0, BINARIES, ""

    rules = parse("((action (chdir t (run ../t/.bin/coqc A.v))))")
    programs = Programs(rules, ask, "/bd")

    assert asked == [["--recursive", "t/.bin/coqc"]]
    assert programs.source("../../t/.bin/coqc") == "./coqc.sh"
    assert programs.is_launcher("t/.bin/coqc") and programs.is_launcher("rocq")
    assert not programs.is_launcher(".bin/coqchk") and not programs.is_launcher("/usr/bin/coqc")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("build", []),
        ("build @all -j4 --root .. -p x,y", ["--root", "..", "-p", "x,y"]),
        ("build --profile=release", ["--profile=release"]),
        ("build -p", []),
    ],
)
def test_options_that_change_the_rules_are_kept(words: str, options: list[str]) -> None:
    assert kept(words.split()) == options


CALL = Call("coqc", "a.v", True, "rocq-exec coqc a.v")
OPEN = Call("coqc", "b.v", False, "coqc b.v")


@pytest.mark.parametrize(
    ("calls", "status", "found"),
    [
        ([CALL], 0, [OK]),
        ([CALL, OPEN], 0, [DEGRADED]),
        ([], 0, [OK]),
        ([], 1, [SKIPPED, DEGRADED]),
        ([OPEN], 1, [DEGRADED, DEGRADED]),
    ],
)
def test_what_a_user_reads(calls: list[Call], status: int, found: list[str]) -> None:
    checks = judge(calls, status, "File 1\nError: no such thing\n", ["dune", "build"])

    assert [check.status for check in checks] == found
    if status:
        assert checks[-1].found == "`dune rules` ended with 1: Error: no such thing"


# S-expressions -------------------------------------------------------------------------------

ATOM = st.text(alphabet='ab%{}:./-\\"() \n\tü', max_size=6)
TREE = st.recursive(ATOM, lambda part: st.lists(part, max_size=4), max_leaves=12)


def written(tree: Sexp) -> str:
    if isinstance(tree, list):
        return f"({' '.join(map(written, tree))})"
    quoted = tree.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


@given(st.lists(TREE, max_size=3))
def test_what_was_written_is_read(trees: list[Sexp]) -> None:
    assert parse(" ".join(map(written, trees))) == trees


@given(st.text(alphabet='()"\\; ab\n', max_size=40))
def test_no_text_is_an_error(text: str) -> None:
    for part in walk(parse(text)):
        atoms(part)


def test_comments_and_escapes() -> None:
    assert parse('a ; b\n(c "d\\ne\\065" "\\\n  f")') == ["a", ["c", "d\neA", "f"]]
