"""The user's ``[caps]``: what no project, profile or variable exceeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rocqshim.settings.layer import Values
from rocqshim.settings.model import FileRule, Setting

_JOB = "job-memory-max"


def capped_values(values: Values, caps: Values) -> Values:
    """The values, each of those over its cap replaced by the cap, with the cap's origin."""
    return {key: _lower(value, caps.get(key)) for key, value in values.items()}


def capped_rules(rules: tuple[FileRule, ...], caps: Values) -> tuple[FileRule, ...]:
    """The file rules, none of which lets a job have more than the cap."""
    return tuple(_capped_rule(rule, caps.get(_JOB)) for rule in rules)


def _lower(value: Setting[Any], cap: Setting[Any] | None) -> Setting[Any]:
    return cap if cap is not None and _exceeds(value.value, cap.value) else value


def _exceeds(value: int | None, cap: int | None) -> bool:
    return cap is not None and (value is None or value > cap)


def _capped_rule(rule: FileRule, cap: Setting[Any] | None) -> FileRule:
    given = dict(rule.given)
    if cap is None or _JOB not in given or not _exceeds(rule.job_memory_max, cap.value):
        return rule
    given[_JOB] = cap.origin
    return replace(rule, job_memory_max=cap.value, given=tuple(given.items()))
