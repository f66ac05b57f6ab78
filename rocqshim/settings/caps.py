"""The user's ``[caps]``: what no project, profile or variable exceeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rocqshim.settings.layer import Values
from rocqshim.settings.model import FileRule, Setting

_JOB = ("job-memory-max", "job-time-max")  # what a rule may set as well


def capped_values(values: Values, caps: Values) -> Values:
    """The values, each of those over its cap replaced by the cap, with the cap's origin."""
    return {key: _lower(value, caps.get(key)) for key, value in values.items()}


def capped_rules(rules: tuple[FileRule, ...], caps: Values) -> tuple[FileRule, ...]:
    """The file rules, none of which lets a job have more than the cap."""
    for key in _JOB:
        rules = tuple(_capped_rule(rule, key, caps.get(key)) for rule in rules)
    return rules


def _lower(value: Setting[Any], cap: Setting[Any] | None) -> Setting[Any]:
    return cap if cap is not None and _exceeds(value.value, cap.value) else value


def _exceeds(value: float | None, cap: float | None) -> bool:
    return cap is not None and (value is None or value > cap)


def _capped_rule(rule: FileRule, key: str, cap: Setting[Any] | None) -> FileRule:
    given, field = dict(rule.given), key.replace("-", "_")
    if cap is None or key not in given or not _exceeds(getattr(rule, field), cap.value):
        return rule
    given[key] = cap.origin
    changed: dict[str, Any] = {field: cap.value, "given": tuple(given.items())}
    return replace(rule, **changed)
