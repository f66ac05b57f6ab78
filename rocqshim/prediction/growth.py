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
BEYOND = 1.25  # times its use: what a job may need that uses more than was expected of any
ALIKE = 0.7  # a deviation of a logarithm: ratios that mostly differ by less than double
GROWING = 3.0  # times its use: the peak that one that runs is taken to have, where none was so high
Course = Mapping[int, int]  # bytes in use, by the place in AGES; not all need be there


class Growth:
    """For each of AGES, the final peak over the use at that age."""

    def __init__(self) -> None:
        self._ratios = [Sample() for _ in AGES]
        self._highest = 0  # bytes: the largest peak of those that were watched

    def learn(self, record: Record) -> None:
        """Note how a watched job went on from each age."""
        if not record.peak or not record.complete:
            return
        for ratios, use in zip(self._ratios, record.course, strict=False):
            if use > 0:  # else it was not there to be looked at yet: no part of its peak
                ratios.add(max(1.0, record.peak / use))
                self._highest = max(self._highest, record.peak)

    def peak(self, course: Course) -> float:
        """What a job will use at most, in bytes, by the age that tells most of its peak.

        That is not always the last: of an age that few have reached, little is known. Infinite
        where nothing is.
        """
        seen = [self._told(at, use) for at, use in course.items() if use > 0]
        return min(seen, default=(0.0, math.inf))[1]

    def likely(self, use: int, course: Course) -> float | None:
        """What may be taken for the peak of a job that has ``use`` bytes now, before it ends.

        None where the jobs that were watched from these ages to their end were too few, or went
        on too differently. A ratio that was seen of a small use says little of a large one:
        beyond all peaks that were seen, it is believed up to GROWING.
        """
        known = [(self._ratios[at], used) for at, used in course.items() if used > 0]
        told = [(r.spread, used * r.middle) for r, used in known if len(r) >= ENOUGH]
        doubt, peak = min(told, default=(math.inf, 0.0))
        if doubt > ALIKE:
            return None
        return max(use, min(peak, max(self._highest, GROWING * use)))

    def _told(self, at: int, use: int) -> tuple[float, float]:
        """How doubtful the peak is (a deviation of its logarithm), and the peak."""
        ratios = self._ratios[at]
        if len(ratios) >= ENOUGH:
            return ratios.spread, use * ratios.quantile(SHARE)
        return math.log(BEFORE[at]) / 2, use * BEFORE[at]


def place(age: float) -> int:
    """The last of AGES that a job of so many seconds has reached."""
    return max(0, bisect_right(AGES, age) - 1)
