"""Reading one settings file: what can go wrong on the way, each with its one-line error."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tomli

from rocqshim.errors import UserError
from rocqshim.regular import NotRegular, read_regular
from rocqshim.settings.lines import Path as KeyPath
from rocqshim.settings.lines import key_lines
from rocqshim.settings.model import Origin

# A pyproject.toml is a few kilobytes; something of this size is not one, and would take seconds.
LARGEST = 128 * 1024
HIDDEN = 0, 0, 0  # of what is in a folder that we may not enter
_QUOTES = "\"'“”„\u2018\u2019«»"  # what an editor may make of quotes is none in TOML
_KEY = re.compile(r"([\w.-]+)[ \t]*=[ \t]*")
_SWITCHES = {"true": "true", "yes": "true", "on": "true", "false": "false", "no": "false"}
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Source:
    """A settings file that was read. ``table`` is ours, ``prefix`` its place in the file.

    ``name`` is what origins call the file; errors name it by its whole ``path``.
    """

    path: str
    name: str
    text: str
    table: dict[str, Any]
    prefix: tuple[str, ...] = ()

    @cached_property
    def lines(self) -> dict[KeyPath, int]:
        """Line of every key of the file."""
        return key_lines(self.text)

    def line(self, *path: str | int) -> int | None:
        """The line of a key below our table, or of the nearest table around it."""
        whole = (*self.prefix, *path)
        for length in range(len(whole), 0, -1):
            if whole[:length] in self.lines:
                return self.lines[whole[:length]]
        return None

    def origin(self, *path: str | int) -> Origin:
        """The origin of a value below our table."""
        return Origin(self.name, self.line(*path), path=self.path)


def stamp(path: str) -> tuple[int, int, int] | None:
    """What tells two versions of a file apart; None: there is none, HIDDEN: we may not look."""
    try:
        found = os.stat(path)
    except PermissionError:
        return HIDDEN
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read(path: str) -> bytes | None:
    """The bytes of a settings file, None if there is no file. Raises UserError."""
    try:
        return read_regular(path, LARGEST)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (NotRegular, IsADirectoryError) as error:
        what = "not a regular file" if isinstance(error, NotRegular) else "a directory"
        raise UserError(
            f"{path} is {what}.", "Put a file of TOML text there, or remove it."
        ) from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            fact = f"{path} is too large for settings: more than {LARGEST} bytes."
            raise UserError(fact, "Move what is not settings out of it.") from error
        hint = "Make it readable, or set ROCQSHIM_ENFORCE=off to build without limits."
        raise UserError(f"{path} cannot be read: {error.strerror}.", hint) from error


def parse(path: str, content: bytes) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and its top table. Raises UserError, which names file:line."""
    text = decode(path, content)
    try:
        return text, tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise _syntax_error(path, text, error) from error
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, 400 open brackets
        raise UserError(f"{path} cannot be read: {error}.", "Correct its TOML.") from error


def decode(path: str, content: bytes) -> str:
    """UTF-8 without a byte order mark, as TOML demands. Raises UserError."""
    if content.startswith(_BOMS):
        hint = "Save it as UTF-8 without BOM."
        raise UserError(f"{path}:1: the file begins with a byte order mark.", hint)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fact = f"{path}:{line}: byte 0x{content[error.start]:02x} is not UTF-8."
        raise UserError(fact, "Save the file as UTF-8.") from error


def _syntax_error(path: str, text: str, error: tomli.TOMLDecodeError) -> UserError:
    """tomli tells the place in its message; "end of document" is the last line with text."""
    place = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    message = str(error)[: place.start()] if place else str(error)
    line = int(place[1]) if place and place[1] else text.rstrip().count("\n") + 1
    column = f" at column {place[2]}" if place and place[2] else ""
    bare = _bare_value(text.split("\n")[line - 1], int(place[2]) - 1) if column and place else None
    hint = _quoted(*bare) if bare else "Correct that line."
    return UserError(f"{path}:{line}: not TOML: {message}{column}.", hint)


def _bare_value(line: str, at: int) -> tuple[str, str] | None:
    """The key and the text without quotes at which TOML stopped: ``memory-max = 4G``."""
    keys = [key for key in _KEY.finditer(line) if key.end() <= at]
    if not keys:
        return None
    is_inline = "{" in line[: keys[-1].start()]
    value = re.split("[,}#]" if is_inline else "#", line[keys[-1].end() :])[0].strip()
    if value.startswith(("'", '"', "[", "{")) or not value or "=" in value:
        return None
    return keys[-1][1], value.strip(_QUOTES)


def _quoted(key: str, value: str) -> str:
    if word := _SWITCHES.get(value.lower()):
        return f"Write {key} = {word}, in small letters and without quotes."
    return f'Put the value in quotes: {key} = "{value}"'
