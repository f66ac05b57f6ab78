"""From settings to what the kernel is asked for, and which of it the kernel then has."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim.settings.model import Setting, Settings

PAGE = 4096  # bytes; the kernel rounds memory limits down to whole pages


@dataclass(frozen=True)
class Limits:
    """The limits of one slice. None means infinity, as in systemd.

    memory_*: bytes. cpu_quota: per cent of one core. Weights: 1 to 10000, 100 is neutral.
    """

    memory_max: int | None = None
    memory_high: int | None = None
    memory_swap_max: int | None = None
    cpu_quota: int | None = None
    cpu_weight: int | None = None
    io_weight: int | None = None
    tasks_max: int | None = None


NEUTRAL = 100  # the weight that asks for nothing
WEIGHTS = ("cpu_weight", "io_weight")
LIMIT_KEYS = tuple(Limits.__dataclass_fields__)
# Those without which "limited" would not be true; weights only shift who goes first.
HARD_KEYS = ("memory_max", "cpu_quota", "tasks_max")


def limits_of(settings: Settings) -> Limits:
    """Take the slice's limits out of the settings."""
    return Limits(**{key: getattr(settings, key).value for key in LIMIT_KEYS})


def cores_of(cpu_quota: int) -> int:
    """The number of whole cores that a quota, in per cent of one, keeps busy."""
    return max(1, math.ceil(cpu_quota / 100))


@dataclass(frozen=True)
class Unenforced:
    """One limit that was asked for and that the kernel does not have, with the reason.

    ``instead`` is what is done in its place ("using ionice"), or "".
    """

    key: str
    reason: str
    instead: str = ""

    def __str__(self) -> str:
        text = f"{self.key.replace('_', '-')} is not enforced: {self.reason}"
        return f"{text}; {self.instead}" if self.instead else text


def summarise(missing: Sequence[Unenforced]) -> str:
    """Say all of ``missing`` in one line: those with the same reason together."""
    parts = []
    for reason in dict.fromkeys(entry.reason for entry in missing):
        same = [entry for entry in missing if entry.reason == reason]
        keys = ", ".join(entry.key.replace("_", "-") for entry in same)
        text = f"{keys} {'is' if len(same) == 1 else 'are'} not enforced: {reason}"
        parts.append("; ".join([text, *(entry.instead for entry in same if entry.instead)]))
    return ". ".join(parts)


def shortfall(missing: Sequence[Unenforced], settings: Settings) -> str:
    """The one line about ``missing`` for a build; "" where it would tell nobody anything new.

    That is where the watchdog was asked for, and for a weight that nobody has set. Only what a
    person has set is named; the whole list is doctor's.
    """
    told = is_refused(list(missing), settings)
    if not told or settings.backend.value == "watchdog":
        return ""
    own = [entry for entry in told if _is_set(entry.key, settings)]
    names = ", ".join(entry.key.replace("_", "-") for entry in own) or "the limits"
    return (
        f"the kernel does not enforce {names} here: {(own or told)[0].reason}. See rocqshim doctor"
    )


def asks_nothing(key: str, value: int | None) -> bool:
    """Tell whether it makes no difference whether this limit is enforced."""
    return value is None or (key in WEIGHTS and value == NEUTRAL)


def same_limit(key: str, asked: int | None, found: int | None) -> bool:
    """Compare a limit with what was read back; the kernel rounds memory down to whole pages."""
    if asked is None or found is None or not key.startswith("memory"):
        return asked == found
    return asked - PAGE < found <= asked


def is_refused(missing: list[Unenforced], settings: Settings) -> list[Unenforced]:
    """Give those of ``missing`` that ``enforce = "require"`` does not accept.

    These are the hard limits, and every limit that a person set (not a built-in profile).
    """
    return [entry for entry in missing if entry.key in HARD_KEYS or _is_set(entry.key, settings)]


def _is_set(key: str, settings: Settings) -> bool:
    setting: Setting[int | None] = getattr(settings, key)
    return setting.origin.is_chosen
