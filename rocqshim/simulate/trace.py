"""A recorded build: for each file how long it took, its peak, and what it needs."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

from rocqshim.admission.critical_path import topological, users_of
from rocqshim.errors import UserError

HINT = (
    "rocqshim history export --trace FILE writes one: "
    '{"name": …, "files": [{"file", "seconds", "peak_bytes", "deps": [files]}]}.'
)
# What else of ours is JSON, by a field that it alone has.
OTHERS = {"traceEvents": "report --trace", "what_if": "report --json"}


@dataclass(frozen=True)
class File:
    """One file of a trace. seconds: how long it takes. peak: bytes, 1 at least. deps: files."""

    file: str
    seconds: float
    peak: int
    deps: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """A recorded build; its files in the order of the record."""

    name: str
    files: tuple[File, ...]


class BadTrace(Exception):
    """Something in a trace is not as it must be; ``str()`` says where and what."""


def read_trace(path: str) -> Trace:
    """Read and check the trace at ``path``. Raises UserError, which names the place."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError as error:
        raise UserError(f"The trace {path} cannot be read: {error.strerror}.", HINT) from None
    try:
        return parse_trace(text)
    except BadTrace as error:
        raise UserError(f"The trace {path} is refused: {error}.", HINT) from None


def parse_trace(text: str) -> Trace:
    """Take a trace from its JSON text; refused whole (with BadTrace) if anything is wrong."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise BadTrace(f"it is no JSON ({error})") from None
    except RecursionError:
        raise BadTrace("it is nested too deeply") from None
    files = tuple(_file(place, entry) for place, entry in enumerate(_entries(data)))
    _check(files)
    return Trace(_name(data), files)


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _entries(data: object) -> list[object]:
    found = data if isinstance(data, dict) else {}
    files = found.get("files")
    for field, command in OTHERS.items():
        if field in found and files is None:
            raise BadTrace(f"it was written by rocqshim {command}, which is another format")
    if not isinstance(files, list):
        raise BadTrace('it has no list "files"')
    if not files:
        raise BadTrace('"files" is empty')
    return files


def _name(data: object) -> str:
    name = data.get("name", "") if isinstance(data, dict) else ""
    if not isinstance(name, str):
        raise BadTrace(f'"name" is {_shown(name)}, not a string')
    return name


def _file(place: int, entry: object) -> File:
    where = f"files[{place}]"
    if not isinstance(entry, dict):
        raise BadTrace(f"{where} is {_shown(entry)}, not an object")
    name = entry.get("file")
    if not isinstance(name, str) or not name:
        raise BadTrace(f"{where}.file is {_shown(name)}, not the name of a file")
    seconds = _number(entry, f"{where}.seconds", "seconds")
    peak = _number(entry, f"{where}.peak_bytes", "peak_bytes")
    return File(name, float(seconds), max(1, math.ceil(peak)), _deps(entry, where))


def _number(entry: dict[str, object], where: str, key: str) -> float:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        raise BadTrace(f"{where} is {_shown(value)}, not a number from 0 on")
    return value


def _deps(entry: dict[str, object], where: str) -> tuple[str, ...]:
    deps = entry.get("deps", [])
    if not isinstance(deps, list):
        raise BadTrace(f"{where}.deps is {_shown(deps)}, not a list")
    for place, dep in enumerate(deps):
        if not isinstance(dep, str):
            raise BadTrace(f"{where}.deps[{place}] is {_shown(dep)}, not the name of a file")
    return tuple(dict.fromkeys(deps))


def _check(files: tuple[File, ...]) -> None:
    """Each file once, each dependency there, and no circle."""
    places: dict[str, int] = {}
    for place, file in enumerate(files):
        if file.file in places:
            first = places[file.file]
            raise BadTrace(f"files[{place}].file is {file.file!r}, as files[{first}] is")
        places[file.file] = place
    for place, file in enumerate(files):
        for at, dep in enumerate(file.deps):
            if dep not in places:
                where = f"files[{place}].deps[{at}]"
                raise BadTrace(f"{where} is {dep!r}, which is no file of the trace")
    _check_circles(files, places)


def _check_circles(files: tuple[File, ...], places: dict[str, int]) -> None:
    deps = {file.file: file.deps for file in files}
    order = topological(deps, users_of(deps))
    done: set[str] = set()
    for name in order:
        if any(dep not in done for dep in deps[name]):
            raise BadTrace(f"files[{places[name]}] ({name!r}) needs itself, through its deps")
        done.add(name)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return "missing" if value is None else text if len(text) < 40 else f"{text[:36]}..."
