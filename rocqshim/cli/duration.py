"""Times for people."""

from __future__ import annotations

MINUTE = 60
HOUR = 3600


def duration(seconds: float) -> str:
    """``0.04 s``, ``12.3 s``, ``3 min 12 s``, ``2 h 05 min``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"
