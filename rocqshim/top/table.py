"""Tables whose less important columns go where there is no room. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim.top.cells import left, right

FILE = 18  # columns that a file's name has, before other columns go
MARK = 1  # columns at the left: the mark of the selected one


@dataclass(frozen=True)
class Column:
    """width: columns, 0 for the one that takes what is left. rank: the highest goes first."""

    title: str
    width: int
    rank: int = 0


def fitting(columns: Sequence[Column], width: int) -> list[int]:
    """The numbers of the columns that there is room for."""
    kept = list(range(len(columns)))
    while (worst := max(kept, key=lambda at: columns[at].rank)) and columns[worst].rank:
        if width - MARK - _fixed(columns, kept) >= FILE:
            break
        kept.remove(worst)
    return kept


def row(columns: Sequence[Column], kept: Sequence[int], cells: Sequence[str], width: int) -> str:
    """One line; figures at the right of their column, the file at the left."""
    free = width - MARK - _fixed(columns, kept)
    parts = [
        right(cells[at], columns[at].width) if columns[at].width else left(cells[at], max(free, 0))
        for at in kept
    ]
    return " ".join(parts)


def _fixed(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum(columns[at].width + 1 for at in kept if columns[at].width)
