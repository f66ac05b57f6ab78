"""How much a job's use grows after it was looked at: learned from jobs that were watched.

So a reservation that was a guess can come down while its job runs: if what jobs have at an age is
what they have at their end, then that is what they need.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping

from rocqshim.prediction.model import AGES, Record
from rocqshim.prediction.sample import Sample

ENOUGH = 3  # jobs seen at an age
# Before anything was seen to its end: a compiler has loaded its libraries after a second or two,
# and what comes then is its own work.
BEFORE = (float("inf"), float("inf"), 6.0, 4.0, 3.0, 2.5, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5)
SHARE = 0.95  # of the jobs grew no more than this
Course = Mapping[int, int]  # bytes in use, by the place in AGES; not all need be there


class Growth:
    """For each of AGES, the final peak over the use at that age."""

    def __init__(self) -> None:
        self._ratios = [Sample() for _ in AGES]

    def learn(self, record: Record) -> None:
        """Note how a watched job went on from each age."""
        if not record.peak or not record.complete:
            return
        for ratios, use in zip(self._ratios, record.course, strict=False):
            ratios.add(max(1.0, record.peak / max(1, use)))

    def peak(self, course: Course) -> float:
        """What a job will use at most, in bytes, by the age that tells most of its peak.

        That is not always the last: of an age that few have reached, little is known.
        """
        return min((self._told(at, use) for at, use in course.items()), default=(0.0, 0.0))[1]

    def is_known(self, course: Course) -> bool:
        """Whether jobs were watched from one of these ages to their end."""
        return any(len(self._ratios[at]) >= ENOUGH for at in course)

    def _told(self, at: int, use: int) -> tuple[float, float]:
        """How doubtful the peak is (a deviation of its logarithm), and the peak."""
        ratios = self._ratios[at]
        if len(ratios) >= ENOUGH:
            return ratios.spread, use * ratios.quantile(SHARE)
        return math.log(BEFORE[at]) / 2, use * BEFORE[at]


def place(age: float) -> int:
    """The last of AGES that a job of so many seconds has reached."""
    return max(0, bisect_right(AGES, age) - 1)
