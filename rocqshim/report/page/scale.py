"""How high the axis of memory is. Pure."""

from __future__ import annotations

import math
from typing import Any

NEAR = 2.0  # times what the build had: up to there memory-max is the top
ROOM = 1.05  # above the highest point


def memory_top(document: dict[str, Any]) -> int:
    """Bytes at the top of the axis: such that the build is seen, up to memory-max if that is near.

    Else of a build of 800M below a memory-max of 14G there would be a strip of 10 pixels.
    """
    seen = [sample["memory"] or 0 for sample in document["samples"]]
    most, limit = max([*seen, document["memory_peak"] or 0]), document["memory_max"] or 0
    if most <= limit <= NEAR * most:
        return int(limit)
    return _even(ROOM * most)


def _even(amount: float) -> int:
    """The next figure of two digits, the second a 0 or a 5, in its unit of 1024."""
    if amount < 1:
        return 1
    unit = 1024.0 ** int(math.log(amount, 1024))
    step = unit * 10.0 ** math.floor(math.log10(amount / unit)) / 2
    return math.ceil(math.ceil(amount / step) * step)
