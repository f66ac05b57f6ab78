"""``[[files]]`` rules: which apply to a file, and what they say together.

Files are named by their path from the project's root, with ``/``. In a pattern ``*`` and ``?``
stay within one name, ``**`` is any number of directories, ``[abc]`` and ``[!abc]`` are sets; a
pattern without ``/`` is a name in any directory, as in .gitignore.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from rocqshim.settings.model import FileRule, Setting, Settings
from rocqshim.settings.size import exact_size

_SET = re.compile(r"\[(!?)(\]?[^\]/]*)\]")
_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)


def rule_for(settings: Settings, file: str) -> FileRule | None:
    """All rules that match, as one: for each key, the last rule that sets it decides."""
    merged: FileRule | None = None
    for rule in _matching(settings, file):
        merged = _over(merged, rule) if merged else rule
    return merged


def job_memory_max_for(settings: Settings, file: str) -> Setting[int | None]:
    """The limit of one job that compiles ``file``, in bytes, and where that was said."""
    rule = rule_for(settings, file)
    origin = dict(rule.given).get("job-memory-max") if rule else None
    if rule is None or origin is None:
        return settings.job_memory_max
    return Setting(rule.job_memory_max, exact_size(rule.job_memory_max), origin)


def matches(pattern: str, file: str) -> bool:
    """Whether a project-relative path matches a pattern."""
    return _expression(pattern).fullmatch(file.removeprefix("./")) is not None


def _matching(settings: Settings, file: str) -> list[FileRule]:
    return [rule for rule in settings.files if matches(rule.match, file)]


def _over(below: FileRule, above: FileRule) -> FileRule:
    """``above`` with the keys that only ``below`` sets."""
    given = {**dict(below.given), **dict(above.given)}
    fields = [key.replace("-", "_") for key in given if key not in dict(above.given)]
    inherited = {name: getattr(below, name) for name in fields}
    return replace(above, **inherited, given=tuple(given.items()))


@functools.lru_cache(maxsize=512)
def _expression(pattern: str) -> re.Pattern[str]:
    anywhere = "" if "/" in pattern else "(?:.*/)?"
    return re.compile(anywhere + _translated(pattern.removeprefix("./")), re.DOTALL)


def _translated(pattern: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        part, at = _next_part(pattern, at)
        parts.append(part)
    return "".join(parts)


def _next_part(pattern: str, at: int) -> tuple[str, int]:
    """One piece of a pattern as a regular expression, and where the next one begins."""
    starts_name = at == 0 or pattern[at - 1] == "/"
    if starts_name and pattern.startswith("**/", at):
        return "(?:[^/]+/)*", at + 3
    if starts_name and pattern[at:] == "**":
        return ".+", at + 2
    if found := _SET.match(pattern, at):
        return _set(found), found.end()
    if pattern[at] in "*?":
        return ("[^/]*" if pattern[at] == "*" else "[^/]"), at + 1
    return re.escape(pattern[at]), at + 1


def _set(found: re.Match[str]) -> str:
    """``[a-c]`` as a regular expression; no set holds the ``/`` between two names."""
    if not found[2]:
        return re.escape(found[0])
    members = "".join(map(_member, _MEMBER.finditer(found[2])))
    if not members:  # nothing but ranges from back to front
        return "[^/]" if found[1] else "(?!)"
    return f"(?!/)[{'^' if found[1] else ''}{members}]"


def _member(found: re.Match[str]) -> str:
    first, last, single = found.groups()
    if single:
        return re.escape(single)
    return "" if first > last else f"{re.escape(first)}-{re.escape(last)}"
