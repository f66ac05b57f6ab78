"""How many of the guesses may be too low: what a build may lose to kills, shared out.

A file whose guess is high waits long; one whose guess is low may be killed and repeated. So it is
said how many jobs of a build may be killed. The share of the guesses that may be too low follows
from what is left of that, and from how many files are still to be guessed.
"""

from __future__ import annotations

TOLERATED = 0.015  # of the jobs of a build may be killed
ONE_MORE = 0.7  # kills that stay allowed, whatever has happened: without any, jobs would run alone
BOLD = 3.0  # of so many guesses that are too low, one job is killed: most start with room to spare
LEAST, MOST = 0.001, 0.1  # shares


class Budget:
    """Counts guesses.

    open: files that are still to be guessed, as far as known. guessed: files that have ended, and
    nothing had been known of them.
    """

    def __init__(self) -> None:
        self.open = 0
        self.guessed = 0
        self._killed: set[str] = set()

    def killed(self, file: str) -> None:
        """A file of which nothing was known was killed for memory; each file counts once."""
        self._killed.add(file)

    @property
    def share(self) -> float:
        """The share of the guesses from now on that may be too low."""
        left = TOLERATED * (self.guessed + self.open) - len(self._killed)
        return min(MOST, max(LEAST, BOLD * max(ONE_MORE, left) / max(1, self.open)))
