"""A moment of the past as people write it: ``2h`` and ``3d`` ago, or a date. Pure."""

from __future__ import annotations

import re
from datetime import datetime

ALLOWED = "2h, 3d, 2026-11-01 or 2026-11-01T12:00"
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d{1,9}) ?(s|m|min|h|d|w)")
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?")


def moment(text: str, now: float) -> float:
    """Unix time; ``now`` as well. A date without a zone is local. Raises ValueError."""
    text = text.strip()
    if found := _AGO.fullmatch(text):
        return now - int(found[1]) * UNITS[found[2]]
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is no time")
    try:
        # fromisoformat reads a Z from Python 3.11 on only.
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from None
