"""COQC, ROCQ and COQCHK for the build: each calls its compiler through the launcher.

Coq up to 8.20 reads COQC; from Rocq 9.0 on the recipes of coq_makefile read ROCQ, and COQCHK
for `make validate`. The same rules as in the make include (rocqshim/makefile/rocq-limits.mk).
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

LAUNCHER = "rocq-exec"
# Which program stands behind each variable; the first that exists.
PROGRAMS = {"COQC": ("coqc", "rocq"), "ROCQ": ("rocq",), "COQCHK": ("rocqchk", "coqchk")}
# More than a program with arguments: nothing can be put before it.
SCRIPT = re.compile(r"[;&|<>`]|(?<!\$)\(|^\s*(\.|cd|command|eval|exec|ulimit)\s")
ASSIGNMENT = re.compile(r"^\s*\w+=")


def compiler_variables(
    environ: Mapping[str, str], launcher: str, compiler: str | None = None
) -> dict[str, str]:
    """The variables to set. launcher: the absolute path of rocq-exec. compiler: the setting.

    What the caller has set is wrapped, and left alone where it calls the launcher already. A
    variable whose program does not exist is not set: many a Makefile takes a ROCQ for a sign of
    Rocq 9. Where there is none at all, the command will bring one (`opam exec`).
    """
    chosen = _of_setting(compiler or "", launcher)
    found = {name: _value(name, environ, launcher) for name in PROGRAMS}
    found |= {name: value for name, value in chosen.items() if not environ.get(name, "").strip()}
    given = {name: value for name, value in found.items() if value}
    return given or {name: f"{shlex.quote(launcher)} {name.lower()}" for name in ("COQC", "ROCQ")}


def _of_setting(compiler: str, launcher: str) -> dict[str, str]:
    program = f"{shlex.quote(launcher)} {shlex.quote(compiler)}"
    if os.path.basename(compiler) == "rocq":
        return {"COQC": f"{program} c", "ROCQ": program}
    return {"COQC": program} if compiler else {}


def unlimited(variables: Mapping[str, str]) -> list[str]:
    """Those whose value is a script of the caller's, which stays as it is."""
    return [name for name, value in variables.items() if not is_wrapped(value)]


def is_wrapped(value: str) -> bool:
    """Tell whether ``value`` calls a launcher."""
    words = value.replace('"', "").replace("'", "").split()
    return any(os.path.basename(word) == LAUNCHER for word in words)


def _value(name: str, environ: Mapping[str, str], launcher: str) -> str:
    given = environ.get(name, "").strip()
    if not given:
        return _default(name, environ, launcher)
    if is_wrapped(given) or SCRIPT.search(given):
        return given
    # The shell takes assignments only as its first words.
    env = "env " if ASSIGNMENT.match(given) else ""
    return f"{shlex.quote(launcher)} {env}{given}"


def _default(name: str, environ: Mapping[str, str], launcher: str) -> str:
    program = _first(PROGRAMS[name], environ)
    if not program:
        return ""
    subcommand = " c" if name == "COQC" and os.path.basename(program) == "rocq" else ""
    return f"{shlex.quote(launcher)} {shlex.quote(program)}{subcommand}"


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
