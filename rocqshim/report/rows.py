"""Spans laid into rows in which none overlaps another. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Sequence


def rows(spans: Sequence[tuple[int, int]]) -> list[int]:
    """The row of each span (begin, end), from 0 on; as few as there are spans at once.

    One that begins when another ends may follow it in its row. The lowest free row is taken, so
    that the first ones are full.
    """
    found = [0] * len(spans)
    free: list[int] = []
    busy: list[tuple[int, int]] = []  # end, row
    used = 0
    for number in sorted(range(len(spans)), key=lambda number: spans[number]):
        begin, end = spans[number]
        while busy and busy[0][0] <= begin:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if not free:
            heapq.heappush(free, used)
            used += 1
        found[number] = heapq.heappop(free)
        heapq.heappush(busy, (end, found[number]))
    return found
