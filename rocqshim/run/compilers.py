"""COQC, ROCQ and COQCHK for the build: each is one word, the path of a launcher.

Coq up to 8.20 reads COQC; from Rocq 9.0 on the recipes of coq_makefile read ROCQ, and COQCHK
for `make validate`. Scripts take the value for the path of a program (`[ -x "$COQC" ]`, autoconf,
CMake, subprocess.run([os.environ["COQC"], …])), so that it is never made two words from one.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence

from rocqshim.launch.search import is_launcher, is_tool

LAUNCHER = "rocq-exec"
# What the path of a launcher for one program has in it. The make include looks for it, too.
ONE_WORD = f"/{LAUNCHER}/by-"
# Which program stands behind each variable; the first that exists.
PROGRAMS = {"COQC": ("coqc", "rocq"), "ROCQ": ("rocq",), "COQCHK": ("rocqchk", "coqchk")}
# Others of coq_makefile's, which are wrapped where the caller has set them.
GIVEN = (*PROGRAMS, "COQTOP", "COQNATIVE")
# More than a program with arguments: nothing can be put before it.
SCRIPT = re.compile(r"[;&|<>`]|(?<!\$)\(|^\s*(\.|cd|command|eval|exec|ulimit)\s")
ASSIGNMENT = re.compile(r"^\s*\w+=")
# Gives the path of a launcher for these words, a program and perhaps its subcommand, "" if none
# can be written. A name is looked for in PATH at each call.
OneWord = Callable[[Sequence[str]], str]


def compiler_variables(
    environ: Mapping[str, str], launcher: str, one_word: OneWord, compiler: str | None = None
) -> dict[str, str]:
    """The variables to set. launcher: the absolute path of rocq-exec. compiler: the setting.

    What the caller has set is wrapped, and left alone where it calls a launcher already. A
    variable whose program does not exist is not set: many a Makefile takes a ROCQ for a sign of
    Rocq 9. Where there is none at all, the command will bring one (`opam exec`).
    """

    def launched(words: Sequence[str]) -> str:
        return shlex.join([path] if (path := one_word(words)) else [launcher, *words])

    found = {name: _default(name, environ) for name in PROGRAMS} | _of_setting(compiler or "")
    existing = {name: words for name, words in found.items() if words}
    values = {name: launched(words) for name, words in existing.items()}
    # A script would take the quotes for a part of the path; PATH has the launchers as well.
    plain = {name: value for name, value in values.items() if not _is_spoilt(existing[name], value)}
    values = plain if existing else {name: launched([name.lower()]) for name in ("COQC", "ROCQ")}
    for name in GIVEN:
        if given := environ.get(name, "").strip():
            values[name] = _wrapped(given, environ, launcher, launched)
    return values


def _is_spoilt(words: Sequence[str], value: str) -> bool:
    return "/" not in words[0] and value[0] in "'\""


def _of_setting(compiler: str) -> dict[str, list[str]]:
    if os.path.basename(compiler) == "rocq":
        return {"COQC": [compiler, "c"], "ROCQ": [compiler]}
    return {"COQC": [compiler]} if compiler else {}


def unlimited(variables: Mapping[str, str]) -> list[str]:
    """Those whose value is a script of the caller's, which stays as it is."""
    scripts = {name: value for name, value in variables.items() if SCRIPT.search(value)}
    return [name for name, value in scripts.items() if not is_wrapped(value)]


def is_wrapped(value: str) -> bool:
    """Tell whether ``value`` calls a launcher."""
    words = value.replace('"', "").replace("'", "").split()
    return ONE_WORD in value or any(os.path.basename(word) == LAUNCHER for word in words)


def shown(value: str) -> str:
    """The value for people; doctor makes its launchers in a folder that is gone when they read."""
    return re.sub(rf"[^\s'\"]+(?={ONE_WORD})", "…", value)


def _wrapped(value: str, environ: Mapping[str, str], launcher: str, launched: OneWord) -> str:
    if is_wrapped(value) or SCRIPT.search(value):
        return value
    # The shell takes assignments only as its first words.
    env = "env " if ASSIGNMENT.match(value) else ""
    program, rest = (value, "") if _is_file(value) else _first_word(value)
    if env or "$" in program or not program or ("/" in program and not _is_file(program)):
        return f"{shlex.quote(launcher)} {env}{value}"
    if "/" in program:
        return value if is_launcher(program) else launched([program]) + rest
    word = launched([program])
    if is_tool(program):
        return value if _is_spoilt([program], word) else word + rest
    # The launcher would be there even where the program is not.
    return word + rest if shutil.which(program, path=environ.get("PATH", os.defpath)) else value


def _is_file(program: str) -> bool:
    return "/" in program and os.access(program, os.X_OK) and not os.path.isdir(program)


def _first_word(value: str) -> tuple[str, str]:
    """The first word as a shell reads it, and what follows it."""
    text = io.StringIO(value)
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        word = lexer.get_token() or ""
    except ValueError:  # a quotation that does not end
        return "", value
    rest = value[text.tell() :]
    return word, rest and f" {rest}"


def _default(name: str, environ: Mapping[str, str]) -> list[str]:
    program = _first(PROGRAMS[name], environ)
    is_rocq = name == "COQC" and os.path.basename(program) == "rocq"
    return [program, "c"] if is_rocq else [program] if program else []


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> str:
    """The first that exists, folder by folder: a path below COQBIN, else a name in PATH."""
    chosen = environ.get("COQBIN", "")
    folders = [chosen] if chosen else environ.get("PATH", "/usr/bin:/bin").split(":")
    for folder in folders:
        for name in names:
            path = os.path.join(folder or ".", name)
            if os.access(path, os.X_OK) and not os.path.isdir(path):
                return path if chosen else name
    return ""
