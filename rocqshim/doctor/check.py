"""The result of one check."""

from __future__ import annotations

from dataclasses import dataclass

OK = "ok"
DEGRADED = "degraded"  # limits hold, something is missing
FAILED = "failed"  # limits cannot be enforced
SKIPPED = "skipped"  # the question does not arise here
EXIT = {OK: 0, SKIPPED: 0, DEGRADED: 1, FAILED: 2}


@dataclass(frozen=True)
class Check:
    """name: what was looked at. found: what is there. means: for the user, "" where all is well.

    mend: the exact command, or the file and its text; "" where nothing can or need be done.
    now: what is in force in the place of what is missing, "" for nothing.
    """

    name: str
    status: str
    found: str
    means: str = ""
    mend: str = ""
    now: str = ""

    @property
    def is_bad(self) -> bool:
        """Whether it changes the exit status."""
        return EXIT[self.status] > 0


def worst(checks: list[Check]) -> int:
    """The exit status: 0 all is well, 1 something is degraded, 2 limits cannot be enforced."""
    return max((EXIT[check.status] for check in checks), default=0)
