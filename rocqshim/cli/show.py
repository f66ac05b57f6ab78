"""Text for a terminal: columns, and names that its encoding has no letters for."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """One line for each row; every column but the last as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    lines = ("  ".join(map(str.ljust, row, widths)) for row in rows)
    return [indent + line.rstrip() for line in lines]


def show(text: str) -> None:
    """Print on stdout. A file's name may hold bytes that are no text, or a newline."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(text)


def one_line(name: str) -> str:
    """A file's name with nothing in it that a terminal would act on."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "?" for c in name)
