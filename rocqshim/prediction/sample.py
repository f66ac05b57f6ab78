"""A sample of positive figures and its high quantiles, cheap to extend."""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from statistics import NormalDist

FEW = 20  # figures; from so many on the highest of them is believed to be about the highest
BELL = NormalDist()
BEYOND = 2.0  # over the number of figures: the share by which the next one may be higher still


def beyond(count: int) -> float:
    """How far above the highest of so many figures the next one may be: a factor."""
    return 1 + BEYOND / count


class Sample:
    """Figures of one kind (peaks in bytes, ratios). A figure can be replaced."""

    def __init__(self) -> None:
        self._sorted: list[float] = []
        self._sum = 0.0
        self._squares = 0.0

    def __len__(self) -> int:
        return len(self._sorted)

    def add(self, figure: float) -> None:
        """One more figure; must be positive."""
        insort(self._sorted, figure)
        self._count(figure, 1)

    def remove(self, figure: float) -> None:
        """Take out one that was added. Raises ValueError."""
        at = bisect_left(self._sorted, figure)
        if at == len(self._sorted) or self._sorted[at] != figure:
            raise ValueError(f"{figure} is not in the sample")
        del self._sorted[at]
        self._count(figure, -1)

    def count(self, figure: float, sign: int) -> None:
        """Add it, or with a sign of -1 take it out."""
        if sign > 0:
            self.add(figure)
        else:
            self.remove(figure)

    def pulled(self, others: Sample, weight: int) -> float:
        """The geometric mean, pulled to that of the others as if it had ``weight`` of those."""
        pull = weight * others._sum / max(1, len(others))
        return math.exp((self._sum + pull) / (len(self) + weight))

    @property
    def middle(self) -> float:
        """The median."""
        return self._sorted[len(self._sorted) // 2]

    @property
    def spread(self) -> float:
        """The standard deviation of the logarithms."""
        count = len(self._sorted)
        if count < 2:
            return 0.0
        return math.sqrt(max(0.0, (self._squares - self._sum**2 / count) / (count - 1)))

    def exceeded(self, share: float) -> float:
        """What the next figure exceeds with a probability of ``share``.

        Of enough figures it is one of them. Beyond that, a bell curve of the logarithms; a small
        sample knows little of its own spread, so that is widened.
        """
        count = len(self._sorted)
        place = share * count + 0.5  # the i-th largest is exceeded by (i - 1/2) / count
        if place >= 1.0:
            return self._between(min(place, count))
        widened = self.spread * math.sqrt(1 + 1 / count) * (1 + 2 / count)
        high = math.exp(self._sum / count + BELL.inv_cdf(1 - share) * widened)
        return min(high, self.highest * beyond(count)) if count >= FEW else high

    @property
    def highest(self) -> float:
        """The largest; 0 if there is none."""
        return self._sorted[-1] if self._sorted else 0.0

    def _between(self, place: float) -> float:
        """The figure in that place from the top, 1 for the largest; in between by logarithm."""
        below = int(place)
        high, low = self._sorted[-below], self._sorted[-min(below + 1, len(self._sorted))]
        return float(high * (low / high) ** (place - below))

    def quantile(self, share: float) -> float:
        """The smallest figure that ``share`` of all do not exceed."""
        return self._sorted[min(len(self._sorted) - 1, int(share * len(self._sorted)))]

    def _count(self, figure: float, sign: int) -> None:
        logarithm = math.log(figure)
        self._sum += sign * logarithm
        self._squares += sign * logarithm * logarithm
