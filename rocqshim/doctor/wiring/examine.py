"""``rocqshim doctor -- COMMAND``: the checks for one command, by what kind of build it is."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rocqshim import shell
from rocqshim.__main__ import parser_of
from rocqshim.doctor.check import DEGRADED, FAILED, OK, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.project import settings
from rocqshim.doctor.wiring import dune, opam, other
from rocqshim.doctor.wiring.make_run import Pass, look
from rocqshim.doctor.wiring.report import judge
from rocqshim.doctor.wiring.shim import shim_test
from rocqshim.doctor.wiring.unreached import includes, variable
from rocqshim.run.command import NotFound, find
from rocqshim.run.compilers import is_wrapped, shown
from rocqshim.run.integrate import integration as run_integration
from rocqshim.run.makeflags import is_make, reads_makefile
from rocqshim.run.opam import is_opam
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve

RUN = "rocqshim run"


def examine_command(command: Sequence[str], environ: Mapping[str, str]) -> list[Check]:
    """Look at how ``command`` would call its compilers; nothing is compiled."""
    words, is_by_run = unwrapped(command)
    if not words:
        return [Check("command", DEGRADED, "there is none", "nothing can be told", _EXAMPLE)]
    try:
        find(words, environ)
    except NotFound as error:
        mend = f"rocqshim doctor -- {error.meant}" if error.meant else _start(words[0])
        return [Check("command", DEGRADED, str(error), "it would not start", mend)]
    refused = settings(Host(environ))
    if refused.status == FAILED:
        return [refused]
    if is_make(words):
        return _make(words, environ, is_by_run)
    if is_opam(words, {}):
        return opam.check(words, environ, is_by_run)
    with with_run(environ) if is_by_run else contextlib.nullcontext(environ) as given:
        look_at = dune.check if os.path.basename(words[0]) == "dune" else other.check
        return look_at(words, given)


def _start(program: str) -> str:
    """How a program that cannot be started can be."""
    if "/" not in program:
        return f"put the folder of {program} into PATH, or name it by its path"
    if os.path.exists(program):
        return f"chmod +x {shell.quote(program)}"
    return f"see ls {shell.quote(os.path.dirname(program))}: no file has this path"


_EXAMPLE = "rocqshim doctor -- make -j8"


def unwrapped(command: Sequence[str]) -> tuple[list[str], bool]:
    """Take `rocqshim run [options] --` off; whether it was there.

    It is read as that command would read it, and ends with status 2 where that would not.
    """
    words = [word for word in command[:1] if word != "--"] + list(command[1:])
    if len(words) > 1 and os.path.basename(words[0]) == "rocqshim" and words[1] == "run":
        rest: list[str] = parser_of("run").parse(words[2:]).command
        return rest[rest[:1] == ["--"] :], True
    return words, False


@contextlib.contextmanager
def with_run(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The environment that `rocqshim run` gives to a build, but for its launchers' folder.

    Theirs is a temporary one: nothing of the user's is written by a look.
    """
    with tempfile.TemporaryDirectory(prefix="rocqshim-doctor-") as folder:
        asked = resolve(Path("."), environ, this_machine())
        found = run_integration(environ, asked, Path(folder))
        yield {**environ, **found.variables}


def _make(words: Sequence[str], environ: Mapping[str, str], is_by_run: bool) -> list[Check]:
    # Both looks read it, and the terminal of a make that reads no makefile there is left alone.
    stdin = sys.stdin.buffer.read() if reads_makefile(words) else b""
    with with_run(environ) as given:
        run_pass = look(words, given, given=stdin)
        by_run = judge(RUN, run_pass, words, ("rocqshim", "run", "--"))
    if is_by_run:
        return [*integration(run_pass, environ), *by_run]
    plain = look(words, environ, given=stdin)
    own = judge(shell.join(words[:1]), plain, words)
    told = {check.found for check in own}
    more = [check for check in by_run[1:] if check.found not in told]
    return [*integration(plain, environ), *own, *by_run[:1], *more]


def integration(found: Pass, environ: Mapping[str, str]) -> list[Check]:
    """Which integration is live: the include, variables that call the launcher, or PATH."""
    parts = [f"{name} is included" for name in includes(found)]
    for name in ("COQC", "ROCQ", "COQCHK", "TIMECMD", "COQCOMMAND"):
        value = variable(name, found)
        if value and is_wrapped(value.value):
            parts.append(f"{name} = {shown(value.value)} ({value.origin})")
    is_shim = shim_test(environ.get("PATH", os.defpath), ".")
    parts += [f"{name} in PATH is a launcher" for name in ("coqc", "rocq") if is_shim(name)]
    made = [f"{file} is by coq_makefile of {v}" for file, v in (found.versions or {}).items()]
    text = "; ".join([*parts, *made]) or "neither an include nor a variable that calls rocq-exec"
    return [Check("integration", OK, text)]
