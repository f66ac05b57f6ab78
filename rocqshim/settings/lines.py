"""On which line of a TOML text each key stands: tomli does not tell.

A scanner for texts that tomli has accepted. It knows what keeps a key from being one (comments,
strings of all four kinds, arrays, inline tables) and does not look at values otherwise. It never
raises; what it cannot make out is not in the result.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field

import tomli

DEEPEST = 50  # parts of a path: where all of them are noted, a deep one would take for ever
Path = tuple["str | int", ...]  # ("tool", "rocqshim", "files", 0, "match")

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*""")
_STRING = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}|\'{3}(?:[^']|'{1,2}(?!'))*'{3,5}'''
    r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*\'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\[\]{}#\n]+")  # numbers, booleans, dates (with their blank)


def key_lines(text: str) -> dict[Path, int]:
    """The first line, from 1, of every table and key: by path, array tables by their index."""
    scan = _Scan(text.replace("\r\n", "\n"))
    with contextlib.suppress(_UnsureError, RecursionError):
        scan.document()
    return scan.lines


class _UnsureError(Exception):
    """The text is not what the scanner knows; what was found so far stands."""


@dataclass
class _Scan:
    text: str
    at: int = 0
    line: int = 1
    counted: int = 0  # newlines before this position are in ``line``
    lines: dict[Path, int] = field(default_factory=dict)
    last: dict[Path, int] = field(default_factory=dict)  # index of each array's newest table

    def document(self) -> None:
        table: Path = ()
        while self.blank():
            if self.text.startswith("[", self.at):
                table = self.header()
            else:
                self.pair(table)

    def header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path = self.current((), self.key())
        if array:
            self.last[path] = self.last.get(path, -1) + 1
            path = (*path, self.last[path])
        self.note_all(path)
        self.expect("]]" if array else "]")
        return path

    def pair(self, table: Path) -> None:
        keys = self.key()
        path = self.current(table, keys)
        self.note_all(path)
        self.expect("=")
        self.value(path)

    def key(self) -> list[str]:
        parts = [self.key_part()]
        while self.text.startswith(".", self.at):
            self.at += 1
            parts.append(self.key_part())
        return parts

    def key_part(self) -> str:
        raw = self.match(_KEY)[1]
        return _unquoted(raw) if raw[0] in "\"'" else raw

    def current(self, table: Path, keys: list[str]) -> Path:
        """The path of a key; below an array of tables, the newest of them is meant."""
        path = table
        for number, key in enumerate(keys[:DEEPEST], 1):
            path = (*path, key)
            if number < len(keys) and path in self.last:
                path = (*path, self.last[path])
        return path

    def value(self, path: Path) -> None:
        self.blank()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.array(path)
        elif opening == "{":
            self.inline_table(path)
        else:
            self.match(_STRING if opening in ("'", '"') else _SCALAR)

    def array(self, path: Path) -> None:
        self.expect("[")
        index = 0
        while self.blank() and not self.text.startswith("]", self.at):
            self.note((*path, index))
            self.value((*path, index))
            self.separator("]")
            index += 1
        self.expect("]")

    def inline_table(self, path: Path) -> None:
        self.expect("{")
        while self.blank() and not self.text.startswith("}", self.at):
            self.pair(path)
            self.separator("}")
        self.expect("}")

    def separator(self, closing: str) -> None:
        self.blank()
        if not self.text.startswith(closing, self.at):
            self.expect(",")

    def note_all(self, path: Path) -> None:
        """A key's first mention is also that of the tables around it."""
        for length in range(1, len(path) + 1):
            self.note(path[:length])

    def note(self, path: Path) -> None:
        if len(path) > DEEPEST:
            raise _UnsureError
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.lines.setdefault(path, self.line)

    def blank(self) -> bool:
        """Pass over blanks and comments; True if something is left."""
        self.match(_BLANK)
        return self.at < len(self.text)

    def expect(self, word: str) -> None:
        if not self.text.startswith(word, self.at):
            raise _UnsureError
        self.at += len(word)

    def match(self, expression: re.Pattern[str]) -> re.Match[str]:
        found = expression.match(self.text, self.at)
        if not found:
            raise _UnsureError
        self.at = found.end()
        return found


def _unquoted(raw: str) -> str:
    try:
        return str(tomli.loads(f"key = {raw}")["key"])
    except tomli.TOMLDecodeError as error:
        raise _UnsureError from error
