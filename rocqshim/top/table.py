"""Tables whose less important columns go where there is no room. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rocqshim.top.cells import left, right, width_of

FILE = 18  # columns that a file's name may have, before other columns go
BEHIND = 54  # columns of all that stands behind a name
LEAST = 6, 18  # columns of a name: in the narrowest terminal; where the names are short
MARK = 1  # columns at the left: the mark of the selected one


@dataclass(frozen=True)
class Column:
    """width: columns, 0 for the one that takes what is left. rank: the highest goes first."""

    title: str
    width: int
    rank: int = 0


def name_width(names: Iterable[str], width: int) -> int:
    """Columns of the names of all tables, so that they line up: the longest, if there is room."""
    longest = max(map(width_of, names), default=0)
    room = max(FILE, width - BEHIND)
    return max(LEAST[0], min(max(longest, LEAST[1]), room, width - MARK - FILE))


def fitting(columns: Sequence[Column], width: int, name: int) -> list[int]:
    """The numbers of the columns that there is room for beside a name of so many."""
    kept = list(range(len(columns)))
    while (worst := max(kept, key=lambda at: columns[at].rank)) and columns[worst].rank:
        if width - MARK - _fixed(columns, kept) >= name:
            break
        kept.remove(worst)
    return kept


def row(columns: Sequence[Column], kept: Sequence[int], cells: Sequence[str], name: int) -> str:
    """One line; figures at the right of their column, the file at the left."""
    parts = [
        right(cells[at], columns[at].width) if columns[at].width else left(cells[at], name)
        for at in kept
    ]
    return " ".join(parts)


def count_of(kept: int, every: int) -> str:
    """``(12)``, or ``(3 of 12)`` where the others are not shown."""
    return f"({every})" if kept == every else f"({kept} of {every})"


def _fixed(columns: Sequence[Column], kept: Sequence[int]) -> int:
    return sum(columns[at].width + 1 for at in kept if columns[at].width)
