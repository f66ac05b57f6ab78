"""A point in time, as people write it after ``--since``. Pure."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

ALLOWED = "2h, 3d, 90 min ago, today, yesterday, 14:30, 2026-11-01 or 2026-11-01T12:00"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(
    r"(\d{1,6}(?:\.\d+)?) ?(s|sec|seconds?|m|mins?|minutes?|h|hours?|d|days?|w|weeks?)(?: ago)?"
)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?", re.I)


def moment(text: str, now: float | None = None) -> float:
    """Unix time; what has no zone is local. now: the same, this moment by default.

    Raises ValueError.
    """
    words = " ".join(text.split()).lower()
    now = time.time() if now is None else now
    if found := _AGO.fullmatch(words):
        return now - float(found[1]) * _UNITS[found[2][0]]
    if re.fullmatch(r"@\d{1,12}(\.\d+)?", words):  # Unix time, as systemd.time(7) writes it
        return float(words[1:])
    midnight = datetime.fromtimestamp(now).replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday"):
        return (midnight - timedelta(days=words == "yesterday")).timestamp()
    if _CLOCK.fullmatch(words):
        words = f"{midnight:%Y-%m-%d} {words}"
    if not _DATE.fullmatch(words):
        raise ValueError(f"{text!r} is no time")
    try:
        # fromisoformat reads a Z from Python 3.11 on only.
        return datetime.fromisoformat(words.upper().replace("Z", "+00:00")).timestamp()
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from None
