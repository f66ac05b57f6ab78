"""The one kind of error that a user is meant to read."""

from __future__ import annotations


class UserError(Exception):
    """One sentence of fact and one hint, which is a command or a setting.

    Caught once, in ``rocqshim.__main__`` and in the broker; it never becomes a traceback.
    """

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(f"{fact} {hint}")
        self.fact = fact
        self.hint = hint
