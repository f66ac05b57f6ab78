"""How a file is compiled: as the history has it, else as _CoqProject says, else by itself."""

from __future__ import annotations

import itertools
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from rocqshim import shell
from rocqshim.errors import UserError
from rocqshim.history import BLAME, History, JobRecord
from rocqshim.launch.call import (
    TAKES,
    behind_compiler,
    is_compiler_arguments,
    parts,
    read_call,
)
from rocqshim.outputs import OBJECTS
from rocqshim.regular import read_regular

PROJECT_FILES = ("_CoqProject", "_RocqProject")
# Options that write where we must not, or as we do not need it.
_LEFT_OUT = ("-o", "-dump-glob", "-time-file", "-profile", "-noglob", "-no-glob", "-time")
_TWO = ("-Q", "-R")


@dataclass(frozen=True)
class Call:
    """words: for rocq-exec. file: as they name it. source: where these come from."""

    cwd: str
    words: tuple[str, ...]
    file: str
    kind: str
    source: str

    @property
    def path(self) -> str:
        """The file, absolute."""
        return os.path.normpath(os.path.join(self.cwd, self.file))


def find_call(history: History | None, root: str, label: str) -> Call:
    """The call to be repeated. label: the file as the history names it. Raises UserError."""
    rows = history.attempts_at(root, label) if history else []
    for kinds in (("vo",), tuple(OBJECTS)):
        for row in rows:
            if row.kind in kinds and (call := _recorded(row)):
                return call
    path = os.path.join(root, label)
    return _of_project_file(path, root)


def _recorded(row: JobRecord) -> Call | None:
    words = _words(row.command)
    file = read_call(list(words)).file if words else ""
    if row.build.startswith(BLAME) or not (row.cwd and file.endswith(".v")):
        return None
    call = Call(row.cwd, words, file, row.kind, "history")
    return call if os.path.isfile(call.path) else None


def _words(text: str | None) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(map(str, found)) if isinstance(found, list) else ()


def _of_project_file(path: str, root: str) -> Call:
    folder = os.path.dirname(path)
    while True:
        for name in PROJECT_FILES:
            if os.path.isfile(os.path.join(folder, name)):
                options = _options_in(os.path.join(folder, name))
                words = ("-q", *options, os.path.relpath(path, folder))
                return Call(folder, words, words[-1], "vo", name)
        if folder in (root, "/"):
            words = ("-q", os.path.relpath(path, root))
            return Call(root, words, words[-1], "vo", "nothing")
        folder = os.path.dirname(folder)


def _options_in(path: str) -> list[str]:
    try:
        return options_of(read_regular(path).decode(errors="surrogateescape"))
    except OSError as error:
        fact = f"{path} cannot be read: {error.strerror}."
        raise UserError(fact, f"See: ls -l {shell.quote(path)}") from None
    except ValueError as error:
        hint = "Mend it, so that coq_makefile can read it, too."
        raise UserError(f"{path} cannot be read: {error}.", hint) from None


def options_of(text: str) -> list[str]:
    """The compiler's options in a _CoqProject: -Q, -R, -I, and each word of -arg.

    Raises ValueError where a quotation does not end.
    """
    # As coq_makefile reads it: 'is a letter, as in the file A'.v, except in the words of -arg.
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.quotes, lexer.escape = True, '"', ""
    words = iter(lexer)
    found: list[str] = []
    for word in words:
        if word == "-arg":
            found += shlex.split(next(words, ""))
        elif word in _TWO:
            found += [word, next(words, "."), next(words, "")]
        elif word == "-I":
            found += [word, next(words, ".")]
    return found


def repeated(call: Call, folder: str) -> list[str]:
    """The words that compile the file once more, all output in ``folder``, with ``-time``.

    ``-time`` on stdout, as that is flushed after each sentence in 8.16 and in 9.2; ``-time-file``
    and ``-profile`` are written at the end, and a killed compiler leaves them empty.
    """
    at = _behind_compiler(call.words)
    kept = [part for part in _parts(call.words) if part[0] not in _LEFT_OUT]
    # It may have been named without its ending, which the compiler adds.
    names = (call.file, call.file.removesuffix(".v"))
    last = next(number for number, part in enumerate(kept) if part[0] in names)
    stem = os.path.splitext(os.path.basename(call.file))[0]
    output = os.path.join(folder, stem + OBJECTS[call.kind])
    # The name of a library comes from where its output lies.
    above = logical_folder(call.words, call)
    named = [] if above is None else ["-Q", folder, above]
    before, after = itertools.chain(*kept[:last]), itertools.chain(*kept[last:])
    return [*call.words[:at], "-time", "-noglob", *before, *named, "-o", output, *after]


def typed(words: Sequence[str]) -> str:
    """The command as one would type it; rocq-exec finds the compiler where none is named."""
    return shell.join(["rocq-exec", *words] if is_compiler_arguments(words[0]) else words)


def logical_folder(words: Sequence[str], call: Call) -> str | None:
    """The logical name of the file's folder by -Q and -R; None where it has none."""
    folder = os.path.dirname(call.path)
    best: tuple[int, str] | None = None
    for word, *values in _parts(words):
        if word not in _TWO or len(values) < 2:
            continue
        top = os.path.realpath(os.path.join(call.cwd, values[0]))
        rest = os.path.relpath(os.path.realpath(folder), top)
        if rest.split("/")[0] == ".." or (best and len(top) < best[0]):
            continue
        names = [values[1], *(() if rest == "." else rest.split("/"))]
        best = len(top), ".".join(filter(None, names))
    return best[1] if best else None


def _parts(words: Sequence[str]) -> list[list[str]]:
    """Each of the compiler's options with its values, and each other word."""
    args = list(words[_behind_compiler(words) :])
    return [[word, *values] for word, values in parts(args, TAKES)]


def _behind_compiler(words: Sequence[str]) -> int:
    """Where the compiler's options begin: behind it, and behind the ``c`` of ``rocq c``."""
    if is_compiler_arguments(words[0]):
        return 1 if words[0] in ("c", "compile") else 0
    return behind_compiler(list(words)) or 1
