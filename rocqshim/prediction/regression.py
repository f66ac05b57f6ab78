"""Peak by size of what is loaded: a line through the logarithms."""

from __future__ import annotations

import math

ENOUGH = 8  # files


class Regression:
    """An ordinary least-squares line of log(peak) over log(loads), kept as sums."""

    def __init__(self) -> None:
        self._n = 0
        self._least, self._most = math.inf, 0.0  # loads, as logarithms, that were seen
        self._x = self._y = self._xx = self._xy = 0.0

    def __len__(self) -> int:
        return self._n

    def add(self, loads: float, peak: float, sign: int = 1) -> None:
        """One file: what it loads and its peak, in bytes. sign: -1 takes it out again."""
        x, y = math.log(loads + 1.0), math.log(max(1.0, peak))
        self._n += sign
        self._least, self._most = min(self._least, x), max(self._most, x)
        self._x += sign * x
        self._y += sign * y
        self._xx += sign * x * x
        self._xy += sign * x * y

    def middle(self, loads: float) -> float | None:
        """Bytes of a file that loads so much; None where too few are known."""
        if self._n < ENOUGH:
            return None
        xx, xy = self._xx - self._x**2 / self._n, self._xy - self._x * self._y / self._n
        # Who loads more does not need less; who loads twice as much needs twice as much at most. A
        # slope of files that all load nearly the same is anything, to beyond what exp() can give.
        slope = min(1.0, max(0.0, xy / xx)) if xx > 1e-9 else 0.0
        # Of what lies outside of all that was seen, the line knows nothing.
        x = min(self._most, max(self._least, math.log(loads + 1.0)))
        return math.exp((self._y + slope * (self._n * x - self._x)) / self._n)
