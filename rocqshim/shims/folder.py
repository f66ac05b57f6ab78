"""A folder of launchers: written, renewed, removed; nobody else's file in it is ever touched."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.files import replace_file
from rocqshim.regular import read_head, read_regular
from rocqshim.shims.identity import identity
from rocqshim.shims.tools import TOOLS

HERE = Path(__file__).parent
START = HERE.parent / "launch" / "_start.py"
OURS = b"#!/bin/sh\n# rocqshim launcher for "  # rocq-exec begins in another way
INDENT = "#   "
IGNORED = "*\n"
ANOTHER = "Choose another folder: rocqshim shims DIR"
PRIVATE = ".rocqshim"  # the project's folder, which git ignores


@dataclass
class Changes:
    """What was done to the launchers of a folder, by their names."""

    written: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    @property
    def present(self) -> list[str]:
        """The launchers that are there now."""
        return sorted([*self.written, *self.current])


def renew(folder: Path, tools: Mapping[str, str]) -> Changes:
    """Have a launcher for each of ``tools`` (name to file), and no other. Raises UserError."""
    if not can_be_in_path(folder):
        fact = f"{folder} cannot be in PATH: a colon parts its folders."
        raise UserError(fact, ANOTHER)
    changes = Changes()
    try:
        _make(folder)
        for name in TOOLS:
            _renew(folder / name, tools.get(name, ""), changes)
    except OSError as error:
        raise _unwritable(error, folder) from None
    return changes


def can_be_in_path(folder: Path) -> bool:
    """Tell whether PATH can name the folder: nothing quotes a colon there."""
    return ":" not in str(folder)


def clear(folder: Path) -> Changes:
    """Remove our launchers, and the folder if nothing else is in it. Raises UserError."""
    changes = Changes()
    try:
        for name in TOOLS:
            _renew(folder / name, "", changes)
        _remove_empty(folder)
    except OSError as error:
        raise _unwritable(error, folder) from None
    return changes


def is_ours(path: Path) -> bool:
    """Tell whether `rocqshim shims` wrote the file; a link is somebody else's."""
    try:
        return not path.is_symlink() and read_head(path, len(OURS)) == OURS
    except OSError:
        return False


def is_current(path: Path, tool: str) -> bool:
    """Tell whether the launcher at ``path`` is what `renew` would write for ``tool``."""
    if not is_ours(path) or not os.access(path, os.X_OK):
        return False
    return read_regular(path) == launcher(path.name, tool, identity_in(path))


def identity_in(path: Path) -> list[str]:
    """The lines that tell which tool stood behind a launcher of ours; [] where there is none."""
    if not is_ours(path):
        return []
    lines = os.fsdecode(read_regular(path)).split("\n")[3:]
    return [line.removeprefix(INDENT) for line in takewhile(lambda it: it[:4] == INDENT, lines)]


def put_launcher(path: Path, name: str, tool: str, first: Sequence[str] = ()) -> bool:
    """Have a launcher at ``path``; False where a file of somebody else's is. Raises OSError.

    tool, first: as in `launcher`.
    """
    if os.path.lexists(path) and not is_ours(path):
        return False
    text = launcher(name, tool, identity_in(path), first)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path, os.X_OK) or path.read_bytes() != text:
        replace_file(path, text, 0o755)
    return True


def launcher(name: str, path: str, before: Sequence[str] = (), first: Sequence[str] = ()) -> bytes:
    """The text of the launcher for the tool ``name`` at ``path``; before: as in `identity`.

    path: "" for what PATH has first at each call. first: arguments before all others.
    """
    text = (HERE / "launcher.sh").read_text("utf-8")
    lines = identity(name, path, before) if path else []
    values = {
        "@NAME@": name.replace("\n", "?"),
        "@TOOL@": shlex.quote(name),
        "@IDENTITY@": "\n".join(INDENT + line for line in lines),
        "@REAL@": shlex.quote(path),
        "@PYTHON@": shlex.quote(_interpreter()),
        "@START@": shlex.quote(str(START)),
        "@FIRST@": "".join(f"{shlex.quote(word)} " for word in first),
    }
    for key, value in values.items():
        text = text.replace(key, value)
    return os.fsencode(text)


def _interpreter() -> str:
    """By the same path however we were started: dune builds anew when the launcher changes."""
    own = Path(sys.prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return str(own) if os.access(own, os.X_OK) else sys.executable


def _renew(path: Path, tool: str, changes: Changes) -> None:
    if os.path.lexists(path) and not is_ours(path):
        changes.foreign.append(path.name)
    elif tool:
        has_it = is_current(path, tool)
        (changes.current if has_it else changes.written).append(path.name)
        if not has_it:
            # A build may be running that calls it.
            replace_file(path, launcher(path.name, tool, identity_in(path)), 0o755)
    elif os.path.lexists(path):
        path.unlink()
        changes.removed.append(path.name)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if folder.parent.name == PRIVATE:
        # "x" follows no link, also none to a file that is not there.
        with suppress(FileExistsError), (folder.parent / ".gitignore").open("x") as ignored:
            ignored.write(IGNORED)


def _remove_empty(folder: Path) -> None:
    if not folder.is_dir() or any(folder.iterdir()):
        return
    folder.rmdir()
    ignored = folder.parent / ".gitignore"
    if folder.parent.name != PRIVATE or [*folder.parent.iterdir()] != [ignored]:
        return
    if read_head(ignored, 100) == IGNORED.encode():
        ignored.unlink()
        folder.parent.rmdir()


def _unwritable(error: OSError, folder: Path) -> UserError:
    fact = f"{error.filename or folder} cannot be written: {error.strerror}."
    return UserError(fact, ANOTHER)
