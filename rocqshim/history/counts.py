"""How the jobs of a build are counted: the same for everything that is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from rocqshim.outcome import BAD, outcome

# The arguments of `Counts.of_attempts`, over rows of the table of jobs; STATE is `state_of`.
STATE = "state_of"
COUNTED = "count(*), count(DISTINCT file), sum(attempt > 1)" + "".join(
    f", sum(CASE verdict WHEN 'success' THEN 0 ELSE {STATE}(verdict, status) = '{state}' END)"
    for state in BAD
)


def state_of(verdict: str | None, status: int | None) -> str:
    """How an attempt ended, a word of outcome.STATES."""
    return outcome(verdict, status).state


class Attempt(NamedTuple):
    """What counts of one attempt at a job. state: a word of outcome.STATES."""

    file: str
    attempt: int
    state: str


@dataclass(frozen=True)
class Counts:
    """jobs: calls of a compiler, each counted once however often it was repeated.

    files: on which they worked. repeated: attempts after a job's first. failed, killed, cancelled:
    jobs, by how their last attempt ended.
    """

    jobs: int
    files: int
    repeated: int
    failed: int
    killed: int
    cancelled: int

    @classmethod
    def of_attempts(cls, attempts: int, files: int, repeated: int, *bad: int) -> Counts:
        """bad: the attempts that ended so, in the order of outcome.BAD.

        Each that was repeated follows one that was killed.
        """
        failed, killed, cancelled = bad
        lost = max(0, killed - repeated)
        return cls(attempts - repeated, files, repeated, failed, lost, cancelled)

    @classmethod
    def of(cls, attempts: Iterable[Attempt]) -> Counts:
        """Count them."""
        found = list(attempts)
        states = Counter(each.state for each in found)
        files, repeated = {each.file for each in found}, sum(each.attempt > 1 for each in found)
        return cls.of_attempts(len(found), len(files), repeated, *(states[name] for name in BAD))
