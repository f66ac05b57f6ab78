"""Limits as systemd writes them: memory, processor time, weights and counts.

Pure parsers from what TOML or a variable gave to plain numbers; ``None`` is ``infinity``. The
rules are those of man systemd.resource-control, compared with ``systemd-analyze verify`` of
systemd 252. They raise BadValue and nothing else.
"""

from __future__ import annotations

import re

from rocqshim.settings.found import BadValue, integer_of, is_infinity, text_of
from rocqshim.settings.model import Machine
from rocqshim.settings.size import SMALLEST, did_you_mean, human_size, is_bare, parse_size
from rocqshim.settings.time_span import parse_time

SIZE_ALLOWED = 'bytes or a size such as "150G", "1.5G" (base 1024; K M G T P E)'
MEMORY_ALLOWED = f'{SIZE_ALLOWED}, "60%" of RAM, or "infinity"'
EXPECTED_ALLOWED = f'{SIZE_ALLOWED}, or "60%" of RAM'
SWAP_ALLOWED = f'0, {SIZE_ALLOWED}, or "infinity"'
CPU_ALLOWED = '"2700%" (27 cores), "27 cores", "75% of cores", or "infinity"'
WEIGHT_ALLOWED = "a whole number from 1 to 10000"
COUNT_ALLOWED = 'a whole number from 1 to 4194304, or "infinity"'
JOBS_ALLOWED = f'{COUNT_ALLOWED}, or "auto"'
TIME_ALLOWED = 'seconds or a time such as "5min 20s", "2h", or "infinity"'
RETRIES_ALLOWED = "a whole number from 0 to 20"
KEPT_ALLOWED = "0 to 999"

AUTO = "auto"  # jobs: as many as memory and cores allow; the number for -j is worked out

_CPU_LIMIT = 1_000_000  # per cent: 10000 cores, above what any one machine has
_COUNT_LIMIT = 4_194_304  # the kernel's PID_MAX_LIMIT; pids.max refuses more (EINVAL)

_NUMBER = re.compile(r"-?[0-9]{1,20}")
_PERCENT = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?\s*%")
_OF_CORES = re.compile(_PERCENT.pattern + r"\s*of\s+cores")
_CORES = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?\s*cores?")


def memory(found: object, machine: Machine) -> int | None:
    """Bytes of a memory limit above zero; per cent are taken of the machine's RAM."""
    return None if is_infinity(found) else _size_or_share(found, machine, MEMORY_ALLOWED, SMALLEST)


def expected(found: object, machine: Machine) -> int:
    """Bytes that something is expected to need; as ``memory``, but never infinity.

    It may be less than a compiler has, if it has a unit: then it is meant.
    """
    return _size_or_share(found, machine, EXPECTED_ALLOWED, 0)


def swap(found: object, machine: Machine) -> int | None:
    """Bytes of a swap limit; 0 forbids swapping.

    No per cent: the man page has none for swap, and of what they would be taken is not said.
    """
    if is_infinity(found):
        return None
    if isinstance(found, str) and found.strip().endswith("%"):
        raise BadValue("is a percentage, which is not supported for swap", SWAP_ALLOWED)
    return _sound_size(found, machine, SWAP_ALLOWED)


def cpu(found: object, machine: Machine) -> int | None:
    """Whole per cent of one core (CPUQuota=); shares of all cores are rounded to them."""
    if is_infinity(found):
        return None
    number = integer_of(found)
    if number is not None:
        meant = f'"{number}%" of one core, or "{number} cores"'
        raise BadValue("has no unit", f"{CPU_ALLOWED}; here {meant}")
    return _quota(text_of(found, CPU_ALLOWED), machine)


def weight(found: object, _machine: Machine) -> int:
    """A relative share, 1 to 10000, as CPUWeight= and IOWeight= take it."""
    if found == "idle":
        problem = 'asks for the class "idle", which is not supported'
        raise BadValue(problem, f"{WEIGHT_ALLOWED}; 1 is the least")
    return _whole(found, 10_000, WEIGHT_ALLOWED)


def count(found: object, _machine: Machine) -> int | None:
    """A number of tasks or jobs above zero.

    No per cent: systemd takes those of TasksMax= of the system's maximum, which is in millions.
    """
    if is_infinity(found):
        return None
    if isinstance(found, str) and found.strip().endswith("%"):
        raise BadValue("is a percentage, which is not supported here", COUNT_ALLOWED)
    return _whole(found, _COUNT_LIMIT, COUNT_ALLOWED)


def jobs(found: object, machine: Machine) -> int | None:
    """A number of jobs as ``count``; "auto" caps nothing, and is told by its text."""
    if isinstance(found, str) and found.strip() == AUTO:
        return None
    try:
        return count(found, machine)
    except BadValue as bad:
        raise BadValue(bad.problem, JOBS_ALLOWED) from None


def time(found: object, _machine: Machine) -> float | None:
    """Seconds above zero, as RuntimeMaxSec= takes them."""
    return None if is_infinity(found) else parse_time(found, TIME_ALLOWED)


def retries(found: object, _machine: Machine) -> int:
    """How often a job that ran out of memory is repeated; 0 for never."""
    return _number_up_to(20, found, RETRIES_ALLOWED)


def kept(found: object, _machine: Machine) -> int:
    """How many earlier files are kept; 0 for none."""
    return _number_up_to(999, found, KEPT_ALLOWED)


def _number_up_to(limit: int, found: object, allowed: str) -> int:
    number = integer_of(found)
    if number is None:
        text = text_of(found, allowed)
        if not _NUMBER.fullmatch(text):
            raise BadValue("is not a whole number", allowed)
        number = int(text)
    if not 0 <= number <= limit:
        raise BadValue("is out of range", allowed)
    return number


def _size_or_share(found: object, machine: Machine, allowed: str, least: int) -> int:
    if isinstance(found, str) and (share := _PERCENT.fullmatch(found.strip())):
        amount = machine.memory * _at_most_all(_hundredths(share), allowed) // 10_000
    else:
        amount = _sound_size(found, machine, allowed, least)
    if amount == 0:
        raise BadValue("is zero", allowed)
    return amount


def _sound_size(found: object, machine: Machine, allowed: str, least: int = SMALLEST) -> int:
    """Bytes: 0, or at least ``least``; and a number below SMALLEST has lost its unit."""
    allowed += did_you_mean(found, machine.memory)
    amount = parse_size(found, allowed)
    if 0 < amount < least or (is_bare(found) and amount < SMALLEST):
        need = f"no compiler fits into less than {human_size(SMALLEST)}"
        raise BadValue(f"is {amount} bytes: {need}", allowed)
    return amount


def _quota(text: str, machine: Machine) -> int:
    if share := _OF_CORES.fullmatch(text):
        return _in_range(_at_most_all(_hundredths(share), CPU_ALLOWED) * machine.per_cent // 100)
    if cores := _CORES.fullmatch(text):
        return _in_range(_hundredths(cores) * 100)
    if text.startswith("-"):
        raise BadValue("is negative", CPU_ALLOWED)
    percent = _PERCENT.fullmatch(text)
    if not percent:
        raise BadValue("is not an amount of processor time", CPU_ALLOWED)
    if _hundredths(percent) % 100:
        raise BadValue("is not a whole number of per cent", CPU_ALLOWED)
    return _in_range(_hundredths(percent))


def _in_range(hundredths: int) -> int:
    quota = (hundredths + 50) // 100
    if quota == 0:
        raise BadValue("is zero", CPU_ALLOWED)
    if quota > _CPU_LIMIT:
        raise BadValue("is too large (more than 10000 cores)", CPU_ALLOWED)
    return quota


def _whole(found: object, limit: int, allowed: str) -> int:
    number = integer_of(found)
    if number is None:
        text = text_of(found, allowed)
        if not _NUMBER.fullmatch(text):
            raise BadValue("is not a whole number", allowed)
        number = int(text)
    if not 1 <= number <= limit:
        raise BadValue("is out of range", allowed)
    return number


def _hundredths(match: re.Match[str]) -> int:
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _at_most_all(hundredths: int, allowed: str) -> int:
    if hundredths > 10_000:
        raise BadValue("is more than 100%", allowed)
    return hundredths
