"""Sizes in systemd's syntax, read and written: base 1024, ``1.5G``, ``10.M``, ``1G 512M``."""

from __future__ import annotations

import re

from rocqshim.settings.found import BadValue, integer_of, text_of

_UNITS = "BKMGTPE"
_TERM = re.compile(r"\s*([0-9]{1,20})(?:\.([0-9]{0,20}))?\s*([EPTGMKB]?)")
_PERCENT = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?%")
# 63 bits: systemd allows 64, but the history database's integers have a sign.
_LIMIT = 2**63
SMALLEST = 16 * 1024**2  # bytes; a limit below that is a slip, as it can hold no compiler
_MOST_MEANT = 1024**4  # bytes; a larger one is meant only where there is so much memory
_ONE_TERM = re.compile(r"([0-9]+(?:\.[0-9]*)?)\s*([KMB]?)")


def parse_size(found: object, allowed: str) -> int:
    """Bytes, 0 to 8E - 1, of an integer or a text. Raises BadValue, which names ``allowed``."""
    amount = integer_of(found)
    if amount is None:
        amount = _sum_of_terms(text_of(found, allowed), allowed)
    if amount < 0:
        raise BadValue("is negative", allowed)
    if amount >= _LIMIT:
        raise BadValue("is too large (8E and more)", allowed)
    return amount


def _sum_of_terms(text: str, allowed: str) -> int:
    """As systemd's parse_size(): terms in falling units, each of them at most once."""
    total, position, largest = 0, 0, len(_UNITS)
    while position < len(text):
        term = _TERM.match(text, position)
        unit = _UNITS.index(term[3] or "B") if term else largest
        if not term or unit >= largest:
            raise _not_a_size(text, allowed)
        total += _amount(term[1], term[2] or "", 1024**unit)
        position, largest = term.end(), unit
    return total


def _amount(whole: str, fraction: str, factor: int) -> int:
    return int(whole) * factor + int(fraction or 0) * factor // int(10 ** len(fraction))


def _not_a_size(text: str, allowed: str) -> BadValue:
    if text.startswith("-"):
        return BadValue("is negative", allowed)
    better = re.sub(r"(?<=%).*|I?B$|\s", "", text.upper().strip("\"'"))
    if better != text and (_PERCENT.fullmatch(better) or _TERM.fullmatch(better)):
        return BadValue("is not a size", f'{allowed}; did you mean "{better}"?')
    return BadValue("is not a size", allowed)


def is_bare(found: object) -> bool:
    """Whether it is a number without a unit, and not zero."""
    return str(found).strip().replace(".", "").isdecimal() and bool(str(found).strip(" 0."))


def did_you_mean(found: object, memory: int) -> str:
    """What a number that is too small for a size may stand for: ``; did you mean "8G"?`` for 8.

    memory: bytes of the machine, more than which hardly anybody means. "" where nothing fits.
    """
    term = _ONE_TERM.fullmatch(str(found).strip())
    if not term:
        return ""
    larger = [unit for unit in "GMK" if _UNITS.index(unit) > _UNITS.index(term[2] or "B")]
    texts = [f"{term[1]}{unit}" for unit in larger]
    most = max(memory, _MOST_MEANT)
    meant = [f'"{text}"' for text in texts if SMALLEST <= _sum_of_terms(text, "") <= most]
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def human_size(amount: int | None) -> str:
    """Bytes for people, base 1024, at most one decimal: ``150G``, ``14.1G``, ``infinity``."""
    if amount is None:
        return "infinity"
    power = max(amount.bit_length() - 1, 0) // 10
    # 1048575 is 1024.0K when it is rounded, which nobody writes.
    power += round(amount / 1024**power, 1) >= 1024
    power = min(power, len(_UNITS) - 1)
    text = f"{amount / 1024**power:.1f}".removesuffix(".0")
    return text + _UNITS[power].replace("B", "")


def exact_size(amount: int | None) -> str:
    """Bytes as the shortest text that is read back as the same number."""
    if amount is None:
        return "infinity"
    power = 0
    while amount and amount % 1024 ** (power + 1) == 0:
        power += 1
    return f"{amount // 1024**power}{_UNITS[power].replace('B', '')}"
