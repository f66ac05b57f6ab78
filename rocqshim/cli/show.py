"""Text for a terminal: columns, and names that its encoding has no letters for."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence


def per_cent(part: float, whole: float | None) -> str:
    """``12%``; nothing if nobody knows of what."""
    return f"{100 * part / whole:.0f}%" if whole else ""


def columns(rows: Sequence[Sequence[str]], indent: str = "") -> list[str]:
    """One line for each row; every column but the last as wide as its widest cell, as printed."""
    printed = [list(map(_printed, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*printed, strict=True)] if rows else []
    lines = ("  ".join(map(str.ljust, row, widths)) for row in printed)
    return [indent + line.rstrip() for line in lines]


def _printed(cell: str) -> str:
    """With bytes that are no text as `show` prints them: they are wider then."""
    return cell.encode("utf-8", "backslashreplace").decode()


def show(text: str) -> None:
    """Print on stdout. A file's name may hold bytes that are no text, or a newline."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    print(text)


def one_line(name: str) -> str:
    """A file's name with nothing in it that a terminal would act on."""
    return "".join(c if c.isprintable() or "\udc80" <= c <= "\udcff" else "?" for c in name)
