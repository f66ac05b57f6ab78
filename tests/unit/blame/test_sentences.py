"""Where sentences begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.blame.sentences import SHOWN, next_sentence, shown


def walk(source: bytes) -> list[bytes]:
    found, at = [], 0
    while place := next_sentence(source, at):
        found.append(source[slice(*place)])
        at = place[1]
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n(* only *) \t", []),
        ("A. B.", ["A.", "B."]),
        ("Require Import A.B.c.\nCheck d.e.", ["Require Import A.B.c.", "Check d.e."]),
        ("(* a. (* b. *) c. *) Check x (* y. z *).", ["Check x (* y. z *)."]),
        ('Check "a. b"" c. (*". D.', ['Check "a. b"" c. (*".', "D."]),
        ('(* " *) " *) A.', ["A."]),
        ("tac... next.", ["tac...", "next."]),
        ('Notation "[ x ; .. ; y ]" := (c x .. (d y) ..). E.',
         ['Notation "[ x ; .. ; y ]" := (c x .. (d y) ..).', "E."]),
        ("- split. -- { auto. } + *** exact I.",
         ["-", "split.", "--", "{", "auto.", "}", "+", "***", "exact I."]),
        ("no end", ["no end"]),
        ("A.\r\nB.\r\n", ["A.", "B."]),
        ("(* never closed. A.", []),
        ('A "never closed. B.', ['A "never closed. B.']),
        ("Définition é := 1. λ.", ["Définition é := 1.", "λ."]),
    ],
)  # fmt: skip
def test_where_they_are(text: str, expected: list[str]) -> None:
    assert [found.decode() for found in walk(text.encode())] == expected


@given(st.text(alphabet='ab."(* \n-{}é'))
def test_any_text_has_an_end(text: str) -> None:
    source, at = text.encode(), 0
    while place := next_sentence(source, at):
        assert at <= place[0] < place[1] <= len(source)
        at = place[1]


def test_offsets_are_bytes() -> None:
    assert next_sentence("(* é *)\nλ.\n\nB.".encode(), 0) == (9, 12)


def test_what_is_shown() -> None:
    assert shown("a\n  b\té".encode(), 0, 9) == "a b é"
    assert shown(b"\xff\xfe", 0, 2) == "\ufffd\ufffd"
    assert shown(b"x" * 999, 0, 999) == "x" * (SHOWN - 1) + "…"
