"""One settings file as data: each value parsed, with its origin, or its first error."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rocqshim.errors import UserError
from rocqshim.settings import keys
from rocqshim.settings.found import BadValue, kind
from rocqshim.settings.keys import Key
from rocqshim.settings.model import By, FileRule, Machine, Setting
from rocqshim.settings.names import profile_name
from rocqshim.settings.profile import BUILT_IN
from rocqshim.settings.refusal import bad_value, shown, unknown
from rocqshim.settings.sources import Source

Values = dict[str, Setting[Any]]
MANY = 50  # errors of one file after which it is not read on: one of them is shown


@dataclass(frozen=True)
class Place:
    """What values are relative to: per cent to the machine, paths to the root, ``~`` to home."""

    machine: Machine
    root: str
    home: str = ""
    user_file: str = "~/.config/rocqshim/config.toml"  # where [caps] may be


@dataclass(frozen=True)
class OwnProfile:
    """``[profiles.NAME]``; where it does not say ``inherits``, it starts from standard."""

    name: str
    inherits: Setting[str]
    values: Values


@dataclass(frozen=True)
class Layer:
    """All that one file says."""

    values: Values = field(default_factory=dict)
    profiles: Mapping[str, OwnProfile] = field(default_factory=dict)
    caps: Values = field(default_factory=dict)
    files: tuple[FileRule, ...] = ()


def read_layer(source: Source | None, place: Place, *, user: bool = False) -> Layer:
    """What a file says; ``user`` allows [caps]. Raises UserError for what comes first in it."""
    if source is None:
        return Layer()
    reader = _Reader(source, place)
    layer = reader.layer(user)
    if reader.errors:
        raise min(reader.errors, key=lambda error: error[0])[1]
    return layer


def value_of(key: Key, found: object, place: Place) -> Any:  # noqa: ANN401 - a number or a word, as the key has it
    """The parsed value; paths are made absolute. Raises BadValue."""
    value = key.parse(found, place.machine)
    if key.name in ("log", "stderr-logs") or (key.name == "compiler" and "/" in str(value)):
        return _absolute(str(value), place)
    return value


def _absolute(path: str, place: Place) -> str:
    if path.startswith("~/") and place.home:
        path = place.home + path[1:]
    return os.path.normpath(os.path.join(place.root, path))


class _Reader:
    """Walks the tables of a file; an error is kept with its line and the walk goes on."""

    def __init__(self, source: Source, place: Place) -> None:
        self.source = source
        self.place = place
        self.errors: list[tuple[int, UserError]] = []

    def layer(self, user: bool) -> Layer:
        table = dict(self.source.table)
        profiles = self.table(table.pop("profiles", {}), "profiles")
        files = self.tables(table.pop("files", []), "files")
        caps = self.table(table.pop("caps", {}), "caps") if user else {}
        self.no_caps(table)
        return Layer(
            values=self.values(table, keys.KEYS, ""),
            profiles={name: self.profile(name, profiles[name]) for name in profiles},
            caps=self.values(caps, keys.CAP_KEYS, " in [caps]", "caps"),
            files=tuple(self.rule(rule, index) for index, rule in enumerate(files)),
        )

    def no_caps(self, table: dict[str, Any]) -> None:
        if table.pop("caps", None) is not None:
            fact = f"{self.where('caps')}: a project cannot set caps."
            self.error(UserError(fact, f"Put [caps] into {self.place.user_file}."), "caps")

    def values(
        self, table: dict[str, Any], known: Mapping[str, Key], scope: str, *path: str | int
    ) -> Values:
        """The settings of one table at ``path``; errors say "… in a profile" with ``scope``."""
        found: Values = {}
        for name, raw in table.items():
            if len(self.errors) > MANY:
                break
            if name in known:
                self.value(known[name], raw, found, *path, name)
            else:
                self.unknown(scope, name, known, *path, name)
        return found

    def value(self, key: Key, raw: object, found: Values, *path: str | int) -> None:
        try:
            value = value_of(key, raw, self.place)
        except BadValue as bad:
            self.error(bad_value(self.where(*path), key.name, raw, bad), *path)
        else:
            origin = self.source.origin(*path)
            by = By.CAP if path[0] == "caps" else By.FILE
            found[key.name] = Setting(value, str(raw).strip(), replace(origin, by=by))

    def unknown(self, scope: str, name: str, known: Mapping[str, Key], *path: str | int) -> None:
        where = self.where(*path)
        if scope and name in keys.KEYS:
            fact = f"{where}: {name} cannot be set{scope}."
            self.error(UserError(fact, f"Allowed: {', '.join(known)}."), *path)
        elif name == "tool" and not scope:
            fact = f"{where}: this file has no [tool] tables."
            self.error(
                UserError(fact, "Put the settings at its top, or into pyproject.toml."), name
            )
        else:
            every = known if scope else (*known, "profiles", "files")
            self.error(unknown(where, "setting", name, every, scope), *path)

    def profile(self, name: str, raw: object) -> OwnProfile:
        path = ("profiles", name)
        self.profile_name(name)
        values = self.values(self.table(raw, *path), keys.PROFILE_KEYS, " in a profile", *path)
        standard = Setting("standard", "standard", self.source.origin(*path))
        return OwnProfile(name, values.pop("inherits", standard), values)

    def profile_name(self, name: str) -> None:
        where = self.where("profiles", name)
        try:
            profile_name(name, self.place.machine)
        except BadValue as bad:
            self.error(bad_value(where, "profiles", name, bad), "profiles", name)
        if name in BUILT_IN:
            fact = f"{where}: {name} is a built-in profile."
            hint = f'Choose another name, with inherits = "{name}".'
            self.error(UserError(fact, hint), "profiles", name)

    def rule(self, raw: dict[str, Any], index: int) -> FileRule:
        errors = len(self.errors)
        values = self.values(raw, keys.FILE_KEYS, " in a file rule", "files", index)
        if "match" not in raw and len(self.errors) == errors:  # a misspelt `match` says so itself
            fact = f"{self.where('files', index)}: this [[files]] rule matches no file."
            self.error(
                UserError(fact, 'Add a line such as match = "theories/Big.v".'), "files", index
            )
        plain = {name: setting.value for name, setting in values.items()}
        return FileRule(
            match=plain.get("match", ""),
            job_memory_max=plain.get("job-memory-max"),
            expected_memory=plain.get("expected-memory"),
            exclusive=plain.get("exclusive", False),
            origin=self.source.origin("files", index),
            job_time_max=plain.get("job-time-max"),
            given=tuple((name, values[name].origin) for name in values if name != "match"),
        )

    def table(self, raw: object, *path: str | int) -> dict[str, Any]:
        if isinstance(raw, dict):
            return raw
        self.wrong_kind(raw, "a table", *path)
        return {}

    def tables(self, raw: object, *path: str | int) -> list[dict[str, Any]]:
        if isinstance(raw, list) and all(isinstance(item, dict) for item in raw):
            return raw
        self.wrong_kind(raw, "an array of tables", *path)
        return []

    def wrong_kind(self, raw: object, wanted: str, *path: str | int) -> None:
        fact = f"{self.where(*path)}: {path[-1]} = {shown(raw)} is {kind(raw)}."
        header = ".".join((*self.source.prefix, *(str(part) for part in path)))
        hint = f"It must be {wanted}: " + (
            f"[[{header}]]." if "array" in wanted else f"[{header}]."
        )
        self.error(UserError(fact, hint), *path)

    def where(self, *path: str | int) -> str:
        return self.source.origin(*path).in_full

    def error(self, error: UserError, *path: str | int) -> None:
        self.errors.append((self.source.line(*path) or 0, error))
