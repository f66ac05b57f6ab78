"""``rocqshim doctor -- COMMAND``: the checks for one command, by what kind of build it is."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence

from rocqshim.cli.installed import rocq_exec
from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.wiring import dune, other
from rocqshim.doctor.wiring.advice import variable
from rocqshim.doctor.wiring.make_run import Pass, look
from rocqshim.doctor.wiring.report import judge
from rocqshim.doctor.wiring.shim import shim_test
from rocqshim.run.command import NotFound, find
from rocqshim.run.compilers import compiler_variables, is_wrapped
from rocqshim.run.makeflags import is_make

RUN = "rocqshim run"


def examine_command(command: Sequence[str], environ: Mapping[str, str]) -> list[Check]:
    """Look at how ``command`` would call its compilers; nothing is compiled."""
    words, is_by_run = unwrapped(command)
    if not words:
        return [Check("command", DEGRADED, "there is none", "nothing can be told", _EXAMPLE)]
    try:
        find(words, environ)
    except NotFound as error:
        return [Check("command", DEGRADED, str(error), "it would not start", "see PATH")]
    if is_make(words):
        return _make(words, environ, is_by_run)
    given = with_run(environ) if is_by_run else environ
    if os.path.basename(words[0]) == "dune":
        return dune.check(words, given)
    return other.check(words, given)


_EXAMPLE = "rocqshim doctor -- make -j8"


def unwrapped(command: Sequence[str]) -> tuple[list[str], bool]:
    """Take `rocqshim run [options] --` off; whether it was there."""
    words = [word for word in command[:1] if word != "--"] + list(command[1:])
    if len(words) > 1 and os.path.basename(words[0]) == "rocqshim" and words[1] == "run":
        rest = words[2:]
        while rest and rest[0] in ("--profile", "--log"):
            rest = rest[2:]
        while rest and rest[0].startswith("-"):
            rest = rest[1:]
        return rest, True
    return words, False


def with_run(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that `rocqshim run` gives to a build."""
    launcher = rocq_exec()
    return {"ROCQ_EXEC": launcher, **environ, **compiler_variables(environ, launcher)}


def _make(words: Sequence[str], environ: Mapping[str, str], is_by_run: bool) -> list[Check]:
    run_pass = look(words, with_run(environ))
    by_run = judge(RUN, run_pass, ["rocqshim", "run", "--", *words])
    if is_by_run:
        return [*integration(run_pass, environ), *by_run]
    plain = look(words, environ)
    return [*integration(plain, environ), *judge(shlex.join(words[:1]), plain, words), *by_run[:1]]


def integration(found: Pass, environ: Mapping[str, str]) -> list[Check]:
    """Which integration is live: the include, variables that call the launcher, or PATH."""
    names = {
        name
        for base in found.bases
        for name in (base["MAKEFILE_LIST"].value.split() if "MAKEFILE_LIST" in base else ())
    }
    parts = [f"{name} is included" for name in sorted(names) if name.endswith("rocq-limits.mk")]
    for name in ("COQC", "ROCQ", "COQCHK", "TIMECMD", "COQCOMMAND"):
        value = variable(name, found)
        if value and is_wrapped(value.value):
            parts.append(f"{name} = {value.value} ({value.origin})")
    is_shim = shim_test(environ.get("PATH", os.defpath), ".")
    parts += [f"{name} in PATH is a launcher" for name in ("coqc", "rocq") if is_shim(name)]
    made = [f"{file} is by coq_makefile of {v}" for file, v in (found.versions or {}).items()]
    text = "; ".join([*parts, *made]) or "neither an include nor a variable that calls rocq-exec"
    return [Check("integration", OK, text)]
