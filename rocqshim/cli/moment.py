"""A point in time, as people write it after ``--since``."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

from rocqshim.errors import UserError

HINT = 'Say "10 min", "2h", "3 days", "today", "yesterday", "14:30", or "2026-11-25 14:30".'
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(
    r"(\d{1,6}(?:\.\d+)?)\s*(s|sec|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)(?:\s+ago)?"
)
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
_CLOCKS = ("%H:%M:%S", "%H:%M")


def moment(text: str, now: float | None = None) -> float:
    """Unix time of ``text``, in local time; before ``now``, or before this moment. UserError."""
    now = time.time() if now is None else now
    words = text.strip().lower()
    if found := _AGO.fullmatch(words):
        return now - float(found[1]) * _UNITS[found[2][0]]
    if re.fullmatch(r"@\d{1,12}(\.\d+)?", words):
        return float(words[1:])
    midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday"):
        return (midnight - timedelta(days=words == "yesterday")).timestamp()
    return _written(words.replace("t", " "), midnight, text)


def _written(words: str, midnight: datetime, text: str) -> float:
    for form in (*_FORMATS, *_CLOCKS):
        try:
            found = datetime.strptime(words, form)
        except ValueError:
            continue
        if form in _CLOCKS:
            found = midnight.replace(hour=found.hour, minute=found.minute, second=found.second)
        return found.timestamp()
    raise UserError(f"--since {text!r} is no time.", HINT)
