"""S-expressions, as `dune rules` prints them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Union

Sexp = Union[str, "list[Sexp]"]

TOKEN = re.compile(r'\s*(?:;[^\n]*|([()])|"((?:[^"\\]|\\.)*)"|([^\s()";]+))', re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b"}


def parse(text: str) -> list[Sexp]:
    """Every expression of a text; what is not closed at its end is closed there."""
    whole: list[Sexp] = []
    open_lists = [whole]
    for match in TOKEN.finditer(text):
        bracket, string, atom = match.groups()
        if bracket == "(":
            new: list[Sexp] = []
            open_lists[-1].append(new)
            open_lists.append(new)
        elif bracket == ")":
            if len(open_lists) > 1:
                open_lists.pop()
        elif string is not None:
            open_lists[-1].append(_unescaped(string))
        elif atom:
            open_lists[-1].append(atom)
    return whole


def _unescaped(text: str) -> str:
    text = re.sub(r"\\\n[ \t]*", "", text)
    text = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1]) % 256), text)
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), text, flags=re.DOTALL)


def walk(expression: Sexp) -> Iterator[list[Sexp]]:
    """Every list in an expression, itself included, from outside inwards."""
    if isinstance(expression, list):
        yield expression
        for part in expression:
            yield from walk(part)


def atoms(expression: list[Sexp]) -> list[str]:
    """The strings among the parts of a list."""
    return [part for part in expression if isinstance(part, str)]
