"""A bar of text for each number of a column, as wide as its share of the largest. Pure."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH = 12  # cells of the longest bar
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def bars(values: Sequence[float | None], width: int = WIDTH, plain: bool = False) -> list[str]:
    """One bar for each value, "" where nobody knows it; plain: of ``#``, for ASCII."""
    most = max((value for value in values if value), default=0.0)
    return [_bar((value or 0.0) / most * width if most else 0.0, plain) for value in values]


def _bar(cells: float, plain: bool) -> str:
    if plain:
        return "#" * round(cells)
    whole, rest = divmod(round(cells * 8), 8)
    return _EIGHTHS[8] * whole + (_EIGHTHS[rest] if rest else "")


def takes_blocks(encoding: str | None) -> bool:
    """Tell whether an output of this encoding has the letters of a bar."""
    try:
        _EIGHTHS.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
