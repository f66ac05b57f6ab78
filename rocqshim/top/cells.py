"""Text that fits into the columns of a terminal, whatever is in a file's name. Pure."""

from __future__ import annotations

import unicodedata

from rocqshim.cli.show import one_line
from rocqshim.settings.size import human_size

MINUTE, HOUR, DAY = 60, 3600, 86400
SHORT = 5  # columns of a size
CUT = "…"


def clean(name: str) -> str:
    """A name with nothing in it that a terminal would act on, nor bytes that are no text."""
    shown = unicodedata.normalize("NFC", one_line(name))
    return "".join("?" if "\ud800" <= c <= "\udfff" else c for c in shown)


def width_of(text: str) -> int:
    """Columns: most letters of Chinese take two, an accent of its own none."""
    return sum(map(_width, text))


def _width(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.category(letter) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def head_of(text: str, width: int) -> str:
    """The beginning of it that fits into ``width`` columns."""
    used, end = 0, 0
    for letter in text:
        used += _width(letter)
        if used > width:
            break
        end += 1
    return text[:end]


def tail_of(text: str, width: int) -> str:
    """The end of it that fits: of a path that says most. What was cut is marked."""
    if width_of(text) <= width:
        return text
    kept = head_of(text[::-1], width - 1)[::-1]
    while kept and not _width(kept[0]):  # an accent without its letter
        kept = kept[1:]
    return (CUT + kept)[: max(width, 0)]


def left(text: str, width: int) -> str:
    """Exactly ``width`` columns, the text at the left, its end kept."""
    text = tail_of(text, width)
    return text + " " * (width - width_of(text))


def right(text: str, width: int) -> str:
    """Exactly ``width`` columns, the text at the right."""
    text = head_of(text, width)
    return " " * (width - width_of(text)) + text


def short_size(amount: int | None) -> str:
    """Bytes in at most five columns; "-" where nobody knows."""
    if amount is None:
        return "-"
    text = human_size(amount)
    return text if len(text) <= SHORT else f"{float(text[:-1]):.0f}{text[-1]}"


def short_time(seconds: float | None) -> str:
    """``4s``, ``3m12s``, ``2h05m``, ``3d04h``; "-" where nobody knows."""
    if seconds is None:
        return "-"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d{whole % DAY // HOUR:02}h"


def bar(width: int, *parts: tuple[float, str]) -> str:
    """``[||||:::    ]``: for each part its share from 0 to 1, where it ends, and its letter."""
    inner, text = max(width - 2, 0), ""
    for share, letter in parts:
        text += letter * (round(min(max(share, 0.0), 1.0) * inner) - len(text))
    return f"[{text:{inner}}]"
