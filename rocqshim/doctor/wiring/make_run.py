"""Runs `make -n` in the guard's environment, for a bounded time, and reads what it says."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rocqshim.doctor.wiring.bounded import deadline, run
from rocqshim.doctor.wiring.calls import Call, calls_in
from rocqshim.doctor.wiring.guard import Guard
from rocqshim.doctor.wiring.make_output import Output, Variable, read_output
from rocqshim.doctor.wiring.shim import shim_test
from rocqshim.doctor.wiring.unseen import unseen
from rocqshim.regular import LARGEST, read_head

# Line 9 or so of what coq_makefile writes: "## GNUMakefile for Coq 8.16.1", "… for Rocq 9.2.0".
GENERATED = re.compile(r"^## GNUMakefile for (?:Coq|Rocq|The Rocq Prover) (\S+)", re.MULTILINE)
ENGLISH = {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}


@dataclass(frozen=True)
class Pass:
    """What `make -n` has said in one environment.

    calls: of recipes. noted: of what runs even with -n, and was not done. versions: the Coq
    that generated a makefile, by its name. lines: the text where a variable is set, by file and
    line. unseen: recipes that start nobody knows what. is_forced: with -B, as no compiler is
    called without it. status: make's own.
    """

    calls: tuple[Call, ...] = ()
    noted: tuple[Call, ...] = ()
    bases: tuple[dict[str, Variable], ...] = ()
    versions: Mapping[str, str] | None = None
    lines: Mapping[tuple[str, int], str] | None = None
    unseen: tuple[str, ...] = ()
    is_forced: bool = False
    status: int = 0
    error: str = ""

    @property
    def all_calls(self) -> tuple[Call, ...]:
        """Those of recipes, and of $(shell …); `make -n` prints a + recipe, and runs it."""
        printed = Counter(map(_key, self.calls))
        more = []
        for call in self.noted:
            if printed[_key(call)] > 0:
                printed[_key(call)] -= 1
            else:
                more.append(call)
        return (*self.calls, *more)


def _key(call: Call) -> tuple[str, bool]:
    return call.file, call.is_wrapped


def look(
    command: Sequence[str], environ: Mapping[str, str], cwd: str = ".", given: bytes = b""
) -> Pass:
    """What ``command``, a make, would do; with -B where it would compile nothing.

    given: its stdin.
    """
    until = deadline()
    found = _look(dry(command), environ, cwd, until, given)
    if found.all_calls or found.status:
        return found
    return replace(_look(dry(command, ["-B"]), environ, cwd, until, given), is_forced=True)


def _look(
    words: list[str], environ: Mapping[str, str], cwd: str, until: float, given: bytes
) -> Pass:
    with tempfile.TemporaryDirectory(prefix="rocqshim-doctor-") as folder:
        guard = Guard(Path(folder), environ)
        status, out, error = run(words, {**guard.environ(environ), **ENGLISH}, cwd, until, given)
        output = read_output(guard.real(out))
        is_shim = shim_test(environ.get("PATH", os.defpath), cwd)
        calls = tuple(call for line in output.recipes for call in calls_in(line, is_shim))
        return Pass(
            calls, tuple(guard.noted()), output.bases, _versions(output), _lines(output),
            tuple(unseen(output.recipes, len(output.bases) - 1, _is_in(environ))),
            status=status, error=guard.real(error),
        )  # fmt: skip


def dry(command: Sequence[str], more: Sequence[str] = ()) -> list[str]:
    """``command`` with what makes it tell and do nothing."""
    words = list(command)
    end = words.index("--") if "--" in words else len(words)
    # The last -j wins; the data bases of sub-makes that run at once would be mixed. -k: see all.
    return [words[0], "-n", "-p", "-k", *more, *words[1:end], "-j1", *words[end:]]


def _is_in(environ: Mapping[str, str]) -> Callable[[str], bool]:
    return lambda name: shutil.which(name, path=environ.get("PATH", os.defpath)) is not None


def _versions(output: Output) -> dict[str, str]:
    """The makefiles that coq_makefile wrote, with its version."""
    found = {}
    for base in output.bases:
        for name, path in _makefiles(base):
            match = GENERATED.search(_text(path, 2000))
            if match:
                found[name] = match[1]
    return found


def _makefiles(base: Mapping[str, Variable]) -> list[tuple[str, str]]:
    entry = base.get("MAKEFILE_LIST")
    names = entry.value.split() if entry else []
    return [(name, os.path.join(entry.folder, name)) for name in names] if entry else []


def _lines(output: Output) -> dict[tuple[str, int], str]:
    """The lines where the variables of compilers are set: `?=` and `=` are one in a data base."""
    found = {}
    for base in output.bases:
        for entry in base.values():
            if entry.line and entry.name in ("COQC", "ROCQ", "COQCHK", "COQNATIVE", "TIMECMD"):
                lines = _text(os.path.join(entry.folder, entry.file)).split("\n")
                found[entry.file, entry.line] = "".join(lines[entry.line - 1 : entry.line])
    return found


def _text(path: str, size: int = LARGEST) -> str:
    try:
        return read_head(path, size).decode("utf-8", "replace")
    except OSError:
        return ""
