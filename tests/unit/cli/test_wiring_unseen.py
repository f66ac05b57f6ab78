"""Recipes of which nobody can tell what they start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.doctor.wiring.unseen import tells_of_compiler, unseen


@pytest.mark.parametrize(
    "line",
    [
        "X=$(command -v coqc); $X -q A.v",
        'printf "coqc h.v" | sh',
        'eval "$cmd"',
        ". ./build-all",
        "sh build.sh",
        "sh -c './build.sh'",
        "dune build",
        "env -i ./build.sh a",
        "echo a; time python3 build.py",
        "if test -f a; then ./b; fi",
        "find . -name x -exec ./build.sh {} +",
    ],
)
def test_what_starts_something_unknown(line: str) -> None:
    assert unseen(["rm -f a", line], 0) == [line]


@pytest.mark.parametrize(
    "line",
    [
        "coqc -q a.v",
        "rocq-exec ocamlopt x.ml",
        "sh -c 'coqc a.v; rm b'",
        'test -n "$X" || exit 1',
        "for f in $X; do rm -f $f; done",
        "command -v coqc >/dev/null 2>&1",
        "make[1]: Entering directory '/work/sub'",
        "make: Nothing to be done for 'all'.",
        "# echo $X",
        "find . -name x -delete",
        "find . -exec rm -f {} ;",
        "mkdir -p html && coqdoc -d html a.v",
    ],
)
def test_what_starts_nothing_unknown(line: str) -> None:
    assert unseen([line], 0) == []


def test_text_of_makefiles_is_no_command() -> None:
    """What PATH has no program for: $(info …), and what is said while a makefile is made."""
    lines = ["COQDEP VFILES", "dune build", "./COQDEP a", 'eval "$x"']

    assert unseen(lines, 0, lambda name: name == "dune") == lines[1:]


def test_a_make_that_was_not_looked_into() -> None:
    """`make -n` does not follow a recipe that says `make` and not $(MAKE)."""
    line = "make -C sub all"

    assert unseen([line], 0) == [line]
    assert unseen([line], 1) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('printf "coqc h.v" | sh', True),
        ("$X -q A.v", True),
        ("dune build", False),
        ("$TIMER coqc a.v", False),  # a call that is seen
    ],
)
def test_what_tells_of_a_compiler(line: str, expected: bool) -> None:
    assert tells_of_compiler(line) is expected


@given(st.lists(st.text(alphabet="coqc sh-.v;&|()\"'`\\$#>=/", max_size=30), max_size=3))
def test_no_text_is_an_error(lines: list[str]) -> None:
    assert set(unseen(lines, 0)) <= set(lines)
