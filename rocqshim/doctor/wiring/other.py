"""A command that is neither make nor dune: what can be seen without running it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.wiring.calls import PROGRAMS, calls_in
from rocqshim.doctor.wiring.report import PAST
from rocqshim.doctor.wiring.shim import is_shim, resolved, shim_test
from rocqshim.launch.call import program_name as name_of
from rocqshim.run.compilers import is_wrapped, shown

VARIABLES = ("COQC", "ROCQ", "COQCHK", "TIMECMD", "COQCOMMAND")


def check(command: Sequence[str], environ: Mapping[str, str], cwd: str = ".") -> list[Check]:
    """The compilers of PATH, the variables, and the words of the command itself."""
    path = environ.get("PATH", os.defpath)
    program = name_of(command[0])
    if program in PROGRAMS or program == "rocq-exec":
        return [direct(command, path, cwd)]
    own = [direct(command, path, cwd)] if "-c" in command else []
    return [*own, *either(in_path(path), variables(environ)), unknown(command)]


def either(by_path: Check, by_variables: Check) -> list[Check]:
    """One of the two ways is enough, as far as can be seen from outside."""
    if OK in (by_path.status, by_variables.status):
        return [
            each if each.status == OK else replace(each, status=SKIPPED)
            for each in (by_path, by_variables)
        ]
    return [by_path, by_variables]


def direct(command: Sequence[str], path: str, cwd: str) -> Check:
    """A compiler call that stands in the command itself, or in its `sh -c`."""
    calls = calls_in(shlex.join(command), shim_test(path, cwd))
    past = [call for call in calls if not call.is_wrapped]
    if not calls:
        return Check("command", OK, "no compiler call in its words")
    if not past:
        return Check("command", OK, f"{calls[0].text}: through rocq-exec")
    return Check("command", DEGRADED, past[0].text, PAST, f"rocq-exec {past[0].text}")


def in_path(path: str) -> Check:
    """Are the compilers of PATH shims, so that whatever calls them is limited?"""
    found = {name: resolved(name, path, ".") for name in ("coqc", "rocq", "coqchk", "rocqchk")}
    existing = {name: file for name, file in found.items() if file}
    plain = [file for file in existing.values() if not is_shim(file)]
    if existing and not plain:
        return Check("PATH", OK, f"{' '.join(existing)} are the launcher: whoever calls them")
    text = f"{' '.join(plain)} without a shim before" if plain else "no compiler"
    means = "what calls a compiler by its plain name is not limited"
    mend = "rocqshim shims, and PATH=$PWD/.rocqshim/bin:$PATH before the command"
    return Check("PATH", DEGRADED, text, means, mend)


def variables(environ: Mapping[str, str]) -> Check:
    """Do the variables that makefiles read call the launcher?"""
    given = {name: environ[name] for name in VARIABLES if environ.get(name)}
    text = ", ".join(f"{name}={shown(value)}" for name, value in given.items()) or "none is set"
    if any(map(is_wrapped, given.values())):
        return Check("variables", OK, text)
    means = "a makefile takes the plain compiler, unless it includes mk/rocq-limits.mk"
    mend = "rocqshim run -- COMMAND sets COQC, ROCQ and COQCHK"
    return Check("variables", DEGRADED, text, means, mend)


def unknown(command: Sequence[str]) -> Check:
    """What no look from outside can tell."""
    text = (
        f"which compilers {os.path.basename(command[0])} starts cannot be known without running "
        "it; `rocqshim run -- …` tells at its end what ran outside the slice"
    )
    return Check("not known", OK, text)
