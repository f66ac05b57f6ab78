"""The one kind of error that a user is meant to read."""

from __future__ import annotations

from collections.abc import Iterable


class UserError(Exception):
    """One sentence of fact and one hint, which is a command or a setting.

    Caught once, in ``rocqshim.__main__`` and in the broker; it never becomes a traceback.
    """

    status = 1  # of the command that it ends

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(f"{fact} {hint}")
        self.fact = fact
        self.hint = hint


class UsageError(UserError):
    """The command line is wrong: an option, a word or a value that is not there."""

    status = 2


def nearest(unknown: str, known: Iterable[str]) -> str | None:
    """The right spelling that somebody probably meant, or None.

    Without capitals, systemd's ``MemoryMax`` and ``memory_max`` are near enough.
    """
    import difflib  # 1 ms, for errors only

    return next(iter(difflib.get_close_matches(unknown.lower(), list(known), 1, 0.6)), None)
