"""How much a job's use grows after it was looked at: learned from jobs that were watched.

So a reservation that was a guess can come down while its job runs: if what jobs have at an age is
what they have at their end, then that is what they need.
"""

from __future__ import annotations

from bisect import bisect_right

from rocqshim.prediction.model import AGES, Record
from rocqshim.prediction.sample import Sample

ENOUGH = 3  # jobs seen at an age
# Before anything was seen to its end: a compiler has loaded its libraries after a second or two,
# and what comes then is its own work.
BEFORE = (float("inf"), float("inf"), 6.0, 4.0, 3.0, 2.5, 2.0, 2.0, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5)
SHARE = 0.95  # of the jobs grew no more than this


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

    def peak(self, use: int, age: float) -> float:
        """What a job that uses ``use`` bytes at ``age`` seconds will use at most, in bytes."""
        at = bisect_right(AGES, age) - 1
        ratios = self._ratios[at]
        return use * (ratios.quantile(SHARE) if len(ratios) >= ENOUGH else BEFORE[at])

    def is_known(self, age: float) -> bool:
        """Whether jobs were watched from that age to their end."""
        return len(self._ratios[bisect_right(AGES, age) - 1]) >= ENOUGH
