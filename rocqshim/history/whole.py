"""Rows as records. A column of SQLite holds whatever was put there, of any type.

A row that no rocqshim has written so (edited, or of a damaged file) is left out: what reads the
history need not ask again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from math import isfinite
from typing import Any, TypeVar

Record = TypeVar("Record")
_NUMBERS = {"float": (float, int), "int": (int,)}


def whole(kind: type[Record], rows: Iterable[Sequence[Any]]) -> list[Record]:
    """Those of ``rows`` that have the types of the dataclass ``kind``, in its order of fields."""
    names = [str(field.type) for field in fields(kind)]  # type: ignore[arg-type]
    types = [_types(name) for name in names]
    floats = [place for place, name in enumerate(names) if name.startswith("float")]

    def is_whole(row: Sequence[Any]) -> bool:
        # An infinite number of seconds is none.
        return all(map(isinstance, row, types)) and all(isfinite(row[at] or 0) for at in floats)

    return [kind(*row) for row in rows if is_whole(row)]


def _types(name: str) -> tuple[type, ...]:
    base, _, none = name.partition(" | ")
    return (*_NUMBERS.get(base, (str,)), *([type(None)] if none else []))
