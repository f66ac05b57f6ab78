"""Times in systemd's syntax (man systemd.time), read and written: ``5min 20s``, ``2h``, ``90``.

The rules are those of parse_sec(), compared with ``systemd-analyze timespan`` of systemd 252: terms
are added up in any order, and a number without a unit is seconds.
"""

from __future__ import annotations

import re

from rocqshim.settings.found import BadValue, text_of

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MONTH, YEAR = 2_629_800.0, 31_557_600.0
_NAMES = {
    "usec us µs μs": 1e-6,  # the micro sign, and the Greek letter
    "msec ms": 1e-3,
    "seconds second sec s": 1.0,
    "minutes minute min m": MINUTE,
    "hours hour hr h": HOUR,
    "days day d": DAY,
    "weeks week w": 7 * DAY,
    "months month M": MONTH,
    "years year y": YEAR,
}
_UNITS = {name: seconds for names, seconds in _NAMES.items() for name in names.split()}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
_TERM = re.compile(rf"\s*\+?([0-9]{{1,18}}(?:\.[0-9]+)?|\.[0-9]+)(\s*(?:{_UNIT})|\s+|\Z)")
_WRITTEN = (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1.0), ("ms", 1e-3))
_LONGEST = 1000 * YEAR


def parse_time(found: object, allowed: str) -> float:
    """Seconds above zero, of a number or a text. Raises BadValue, which names ``allowed``."""
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    is_number = is_number and found != float("inf")
    seconds = _sum_of_terms(str(found) if is_number else text_of(found, allowed), allowed)
    if seconds < 1e-6:
        raise BadValue("is zero", allowed)
    if seconds > _LONGEST:
        raise BadValue("is too large (more than 1000 years)", allowed)
    return seconds


def _sum_of_terms(text: str, allowed: str) -> float:
    if text.startswith("-"):
        raise BadValue("is negative", allowed)
    total, position = 0.0, 0
    while position < len(text):
        term = _TERM.match(text, position)
        if not term:
            raise _not_a_time(text, allowed)
        total += float(term[1]) * _UNITS.get(term[2].strip(), 1.0)
        position = term.end()
    return total


def _not_a_time(text: str, allowed: str) -> BadValue:
    better = re.sub(r"(?<=hr|in|ec)s?\b", "", text.lower())
    is_better = better != text and re.fullmatch(f"({_TERM.pattern})+", better)
    hint = f'; did you mean "{better}"?' if is_better else ""
    return BadValue("is not a time", allowed + hint)


def human_time(seconds: float | None) -> str:
    """Seconds as systemd writes them: ``5min 20s``, ``2s 500ms``, ``infinity``."""
    if seconds is None:
        return "infinity"
    left, parts = round(seconds * 1000), []
    for unit, size in _WRITTEN:
        count, left = divmod(left, round(size * 1000))
        parts += [f"{count}{unit}"] if count else []
    return " ".join(parts) or "0"
