"""``[[files]]`` rules: which apply to a file, and what they say together.

Files are named by their path from the project's root, with ``/``. In a pattern ``*`` and ``?``
stay within one name, ``**`` is any number of directories, ``[abc]`` and ``[!abc]`` are sets; a
pattern without ``/`` is a name in any directory, as in .gitignore.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rocqshim.settings.model import FileRule, Setting, Settings
from rocqshim.settings.size import exact_size
from rocqshim.settings.time_span import human_time

_SET = re.compile(r"\[(!?)(\]?[^\]/]*)\]")
_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def rule_for(settings: Settings, file: str) -> FileRule | None:
    """All rules that match, as one: for each key, the last rule that sets it decides."""
    if file not in settings.rules:
        merged: FileRule | None = None
        for rule in _matching(settings, file):
            merged = _over(merged, rule) if merged else rule
        settings.rules[file] = merged
    return settings.rules[file]


def job_memory_max_for(settings: Settings, file: str) -> Setting[int | None]:
    """The limit of one job that compiles ``file``, in bytes, and where that was said."""
    rule = rule_for(settings, file)
    origin = dict(rule.given).get("job-memory-max") if rule else None
    if rule is None or origin is None:
        return settings.job_memory_max
    return Setting(rule.job_memory_max, exact_size(rule.job_memory_max), origin)


def job_time_max_for(settings: Settings, file: str) -> Setting[float | None]:
    """The time that one job may take for ``file``, in seconds, and where that was said."""
    rule = rule_for(settings, file)
    origin = dict(rule.given).get("job-time-max") if rule else None
    if rule is None or origin is None:
        return settings.job_time_max
    return Setting(rule.job_time_max, human_time(rule.job_time_max), origin)


def matches(pattern: str, file: str) -> bool:
    """Whether a project-relative path matches a pattern; takes len(pattern) * len(file) at most."""
    return _fits(_names(pattern), file.removeprefix("./").split("/"), _is_name)


def _matching(settings: Settings, file: str) -> list[FileRule]:
    return [rule for rule in settings.files if matches(rule.match, file)]


def _over(below: FileRule, above: FileRule) -> FileRule:
    """``above`` with the keys that only ``below`` sets."""
    given = {**dict(below.given), **dict(above.given)}
    fields = [key.replace("-", "_") for key in given if key not in dict(above.given)]
    inherited = {name: getattr(below, name) for name in fields}
    return replace(above, **inherited, given=tuple(given.items()))


@dataclass(frozen=True)
class _Set:
    """One letter out of several: ``[a-c]``, ``[!abc]``; without any of its own it is ``?``."""

    ranges: tuple[tuple[str, str], ...] = ()
    is_negated: bool = True

    def has(self, letter: str) -> bool:
        return self.is_negated != any(first <= letter <= last for first, last in self.ranges)


# A pattern is compared in the same way twice: its names with those of the path, and the letters of
# one with those of the other. None is a star: ``**`` for names, ``*`` for letters.
_Letter = str | _Set | None
_Name = tuple[_Letter, ...]
_SOME_NAME: _Name = (_Set(), None)


def _fits(members: Sequence[Any], items: Sequence[str], is_one: Callable[[Any, str], bool]) -> bool:
    """Whether the items are what the members say, in a time of one product of their numbers.

    Only the last star is ever made longer: what earlier ones took is as good as any other choice.
    """
    at = member = after = 0
    star = -1
    while at < len(items):
        is_left = member < len(members)
        if is_left and members[member] is None:
            star, after, member = member, at, member + 1
        elif is_left and is_one(members[member], items[at]):
            at, member = at + 1, member + 1
        elif star >= 0:
            after += 1
            at, member = after, star + 1
        else:
            return False
    return all(left is None for left in members[member:])


def _is_letter(wanted: str | _Set, letter: str) -> bool:
    return wanted == letter if isinstance(wanted, str) else wanted.has(letter)


def _is_name(wanted: _Name, name: str) -> bool:
    return _fits(wanted, name, _is_letter)


@functools.lru_cache(maxsize=1024)
def _names(pattern: str) -> tuple[_Name | None, ...]:
    parts = pattern.removeprefix("./").split("/")
    names = [None if part == "**" else _letters(part) for part in parts]
    if parts[-1] == "**":  # all that is in a directory, and not itself
        names.insert(-1, _SOME_NAME)
    return (*(() if "/" in pattern else (None,)), *names)


def _letters(part: str) -> _Name:
    found: list[_Letter] = []
    at, last = 0, part.rfind("]")
    while at < len(part):
        if at < last and (chosen := _SET.match(part, at)):
            found += _set(chosen)
            at = chosen.end()
        else:
            found.append({"*": None, "?": _Set()}.get(part[at], part[at]))
            at += 1
    return tuple(found)


def _set(found: re.Match[str]) -> _Name:
    """``[]`` and ``[!]`` are letters as any others."""
    members = (member.groups() for member in _MEMBER.finditer(found[2]))
    ranges = tuple((single or first, single or last) for first, last, single in members)
    return (_Set(ranges, bool(found[1])),) if found[2] else tuple(found[0])
