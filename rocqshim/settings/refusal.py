"""The wording of errors about a setting: what was found where, and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable

from rocqshim.errors import UsageError, UserError, nearest
from rocqshim.settings.found import BadValue

_LONGEST = 60


def shown(found: object) -> str:
    """A value as TOML would write it, on one line and not too long."""
    if isinstance(found, (list, dict)):
        return "[…]" if isinstance(found, list) else "{…}"
    text = str(found).lower() if isinstance(found, bool) else str(found)
    if isinstance(found, str):
        import json  # 1.5 ms, for errors only

        # Undecodable bytes of a variable are lone surrogates, which no terminal takes.
        clean = found.encode("utf-8", "backslashreplace").decode()
        text = json.dumps(clean, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def bad_value(place: str, key: str, found: object, bad: BadValue) -> UserError:
    """``place`` is FILE:LINE; an empty one means that ``key`` is a variable."""
    subject = f"{place}: {key} = {shown(found)}" if place else f"{key}={shown(found)}"
    return UserError(f"{subject} {bad.problem}.", _allowed(bad))


def bad_option(option: str, found: object, bad: BadValue) -> UsageError:
    """For what stands behind an option of a command."""
    return UsageError(f"{option} {shown(found)} {bad.problem}.", _allowed(bad))


def _allowed(bad: BadValue) -> str:
    return f"Allowed: {bad.allowed}{'' if bad.allowed.endswith('?') else '.'}"


class Unknown(UserError):
    """A name that is not there; ``place`` is where it stood."""

    def __init__(self, place: str, fact: str, hint: str) -> None:
        super().__init__(f"{place}: {fact}", hint)
        self.place = place


def unknown(place: str, what: str, name: str, known: Iterable[str], scope: str = "") -> Unknown:
    """A name that is not among ``known``; the hint has the nearest of them, and all.

    ``what`` is a setting or a profile, ``scope`` says where it stood (" in a profile").
    """
    listed = list(known)
    meant = nearest(name, listed)
    hint = f'Did you mean "{meant}"?' if meant else ""
    every = f"Known: {', '.join(listed)}."
    return Unknown(place, f"there is no {what} {shown(name)}{scope}.", f"{hint} {every}".strip())
