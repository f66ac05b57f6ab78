"""Settings as text: a caller sends those that the broker cannot read as it does. Pure."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from rocqshim.settings.model import By, FileRule, Origin, Seen, Setting, Settings

_FROM_TEXT = {"by": By, "root": Path}


def _names(record: object) -> list[str]:
    return [field.name for field in fields(record) if field.init]  # type: ignore[arg-type]


_KINDS = {frozenset(_names(kind)): kind for kind in (Setting, Origin, FileRule, Seen, Settings)}


def as_text(settings: Settings) -> str:
    """All of it as one line."""
    return json.dumps(settings, default=_plain)


def from_text(text: str) -> Settings:
    """What `as_text` was given. Raises ValueError for anything else."""
    try:
        found = json.loads(text, object_hook=_record)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if not isinstance(found, Settings):
        raise ValueError("no settings")
    return found


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {name: getattr(value, name) for name in _names(value)}
    return value.value if isinstance(value, Enum) else str(value)


def _record(found: dict[str, Any]) -> object:
    kind = _KINDS.get(frozenset(found))
    if kind is None:
        raise ValueError(f"no record: {sorted(found)}")
    values = {name: _FROM_TEXT.get(name, _tuples)(value) for name, value in found.items()}
    return kind(**values)


def _tuples(value: Any) -> Any:  # noqa: ANN401 (any value of a setting)
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
