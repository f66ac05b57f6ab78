"""Peak by size of what is loaded: a line through the logarithms, tested before it is believed."""

from __future__ import annotations

import math

ENOUGH = 8  # files
TELLS = 0.3  # the share of the variance that it must explain


class Regression:
    """An ordinary least-squares line of log(peak) over log(loads), kept as sums."""

    def __init__(self) -> None:
        self._n = 0
        self._x = self._y = self._xx = self._xy = self._yy = 0.0

    def __len__(self) -> int:
        return self._n

    def add(self, loads: float, peak: float, sign: int = 1) -> None:
        """One file: what it loads and its peak, in bytes. sign: -1 takes it out again."""
        x, y = math.log(loads + 1.0), math.log(max(1.0, peak))
        self._n += sign
        self._x += sign * x
        self._y += sign * y
        self._xx += sign * x * x
        self._xy += sign * x * y
        self._yy += sign * y * y

    def tells(self) -> bool:
        """Whether the line says more than the mean does."""
        if self._n < ENOUGH:
            return False
        _, _, explained = self._line()
        return explained >= TELLS

    def high(self, loads: float, deviations: float) -> float:
        """Bytes that a file which loads so much exceeds only rarely."""
        slope, offset, explained = self._line()
        middle = offset + slope * math.log(loads + 1.0)
        variance = self._variance() * (1 - explained) * self._n / max(1, self._n - 2)
        widened = math.sqrt(max(0.0, variance)) * (1 + 2 / self._n)
        return math.exp(middle + deviations * widened)

    def _line(self) -> tuple[float, float, float]:
        """Slope, offset and the explained share of the variance."""
        n = self._n
        xx, xy, yy = (
            self._xx - self._x**2 / n,
            self._xy - self._x * self._y / n,
            self._variance() * n,
        )
        if xx <= 1e-9 or yy <= 1e-9:
            return 0.0, self._y / n, 0.0
        slope = max(0.0, xy / xx)  # who loads more does not need less
        return slope, (self._y - slope * self._x) / n, slope * xy / yy

    def _variance(self) -> float:
        return max(0.0, self._yy - self._y**2 / self._n) / self._n
