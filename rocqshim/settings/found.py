"""What was found in a file or a variable: its kind, its text, and the error that refuses it."""

from __future__ import annotations


class BadValue(ValueError):
    """A refused value: ``problem`` completes "KEY = VALUE …", ``allowed`` is what may stand."""

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(f"{problem}; allowed: {allowed}")
        self.problem = problem
        self.allowed = allowed


def kind(found: object) -> str:
    """What TOML calls the type of a value, with its article."""
    names = {bool: "a boolean", int: "an integer", float: "a float", str: "a string"}
    names |= {list: "an array", dict: "a table"}
    return names.get(type(found), "a date or time")


def text_of(found: object, allowed: str) -> str:
    """A string that says something, without the blanks around it. Raises BadValue."""
    if not isinstance(found, str):
        word = found == float("inf") and '"infinity"' in allowed
        raise BadValue(f"is {kind(found)}", allowed + '; did you mean "infinity"?' * word)
    if not found.strip():
        raise BadValue("is empty", allowed)
    return found.strip()


def integer_of(found: object) -> int | None:
    """A TOML integer, None for anything else; true and false are no integers."""
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def is_infinity(found: object) -> bool:
    """The word with which systemd asks for no limit."""
    return isinstance(found, str) and found.strip() == "infinity"
