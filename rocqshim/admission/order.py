"""Who waits, longest path first, kept so that "the first that fits" costs no walk over all.

A list of short sorted blocks, each with the least need in it. With 10,000 waiting, a question
looks at about 150 blocks and at the entries of one.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from itertools import islice

from rocqshim.admission.model import Waiting

BLOCK = 64  # entries; a block is split at twice that

INFINITY = float("inf")

Key = tuple[float, int, float]  # minus the priority, the number, the need


class Order:
    """Jobs by priority, then by arrival. An exclusive job fits in nowhere, but can be first."""

    def __init__(self) -> None:
        self._blocks: list[list[Key]] = []
        self._least: list[float] = []  # of each block
        self._jobs: dict[int, tuple[Waiting, Key]] = {}

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, number: int) -> bool:
        return number in self._jobs

    def get(self, number: int) -> Waiting:
        """The job of that number. Raises KeyError."""
        return self._jobs[number][0]

    def numbers(self) -> list[int]:
        """The numbers of all, in order of arrival."""
        return sorted(self._jobs)

    def add(self, job: Waiting) -> None:
        """Put a job in its place."""
        key = (-job.priority, job.number, INFINITY if job.exclusive else float(job.peak))
        self._jobs[job.number] = job, key
        if not self._blocks:
            self._blocks, self._least = [[key]], [key[2]]
            return
        at = self._block_of(key)
        insort(self._blocks[at], key)
        self._least[at] = min(self._least[at], key[2])
        if len(self._blocks[at]) > 2 * BLOCK:
            self._split(at)

    def remove(self, number: int) -> Waiting:
        """Take a job out. Raises KeyError."""
        job, key = self._jobs[number]
        at = self._block_of(key)
        block = self._blocks[at]
        del block[bisect_left(block, key)]
        if block:
            if key[2] == self._least[at]:
                self._measure(at)
        else:
            del self._blocks[at], self._least[at]
        del self._jobs[number]
        return job

    def first(self) -> Waiting | None:
        """The job whose turn it is."""
        return self._jobs[self._blocks[0][0][1]][0] if self._blocks else None

    def fitting(self, free: float) -> Iterator[Waiting]:
        """The jobs that need no more than ``free`` bytes, in order."""
        for block, least in zip(self._blocks, self._least, strict=True):
            if least <= free:
                for _, number, need in block:
                    if need <= free and need != INFINITY:
                        yield self._jobs[number][0]

    def first_fitting(self, free: float, besides: int = -1) -> Waiting | None:
        """The first job that needs no more than ``free`` bytes, ``besides`` left out."""
        found = islice(self.fitting(free), 2)
        return next((job for job in found if job.number != besides), None)

    def _block_of(self, key: Key) -> int:
        low, high = 0, len(self._blocks) - 1
        while low < high:
            middle = (low + high) // 2
            if self._blocks[middle][-1] < key:
                low = middle + 1
            else:
                high = middle
        return low

    def _split(self, at: int) -> None:
        block = self._blocks[at]
        self._blocks[at : at + 1] = [block[:BLOCK], block[BLOCK:]]
        self._least[at : at + 1] = [0, 0]
        self._measure(at)
        self._measure(at + 1)

    def _measure(self, at: int) -> None:
        self._least[at] = min(need for _, _, need in self._blocks[at])
