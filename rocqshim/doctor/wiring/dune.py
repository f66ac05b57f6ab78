"""What dune would run: `dune rules`, which builds only what it needs to know the rules.

Its build folder is a temporary one, so that nothing of the project's is touched or waited for.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence

from rocqshim import shell
from rocqshim.cli.show import one_line
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.wiring.bounded import deadline, run
from rocqshim.doctor.wiring.calls import Call, call_of, calls_in
from rocqshim.doctor.wiring.dune_programs import Programs
from rocqshim.doctor.wiring.make_run import ENGLISH
from rocqshim.doctor.wiring.report import PAST, count
from rocqshim.doctor.wiring.sexp import Sexp, atoms, parse, walk
from rocqshim.doctor.wiring.shim import shim_test

# Options of `dune build` that change which rules there are, with their value.
KEPT = ("--root", "--workspace", "--profile", "-p", "-x", "--only-packages")
MEND = (
    "put the launcher before the compiler in each (action (run rocq-exec %{bin:coqc} …)), "
    "or a folder of shims first in PATH: rocqshim shims; PATH=$PWD/.rocqshim/bin:$PATH dune build"
)


def check(command: Sequence[str], environ: Mapping[str, str], cwd: str = ".") -> list[Check]:
    """Ask dune for all its rules, and judge the compilers in them."""
    with tempfile.TemporaryDirectory(prefix="rocqshim-doctor-") as folder:
        given = {**environ, **ENGLISH, "ROCQSHIM_ENFORCE": "off"}

        until = deadline()

        def ask(targets: Sequence[str]) -> tuple[int, str, str]:
            words = [command[0], "rules", "--build-dir", folder, *kept(command[1:]), *targets]
            return run(words, given, cwd, until)

        status, text, error = ask([])
        rules = parse(text)
        programs = Programs(rules, ask, folder)
        root = os.path.join(cwd, _root(command))
        is_known = shim_test(environ.get("PATH", os.defpath), root)

        def is_shim(program: str) -> bool:
            return programs.is_launcher(program) or is_known(programs.source(program))

        return judge(calls_of(rules, is_shim), status, error, command)


def kept(words: Sequence[str]) -> list[str]:
    """The options of ``words`` that `dune rules` shall have as well."""
    found: list[str] = []
    for at, word in enumerate(words):
        if word.startswith(tuple(f"{option}=" for option in KEPT if option.startswith("--"))):
            found.append(word)
        elif word in KEPT and at + 1 < len(words):
            found += [word, words[at + 1]]
    return found


def _root(command: Sequence[str]) -> str:
    words = kept(command[1:])
    for at, word in enumerate(words):
        if word == "--root":
            return words[at + 1]
        if word.startswith("--root="):
            return word.removeprefix("--root=")
    return "."


def calls_of(rules: Sequence[Sexp], is_shim: Callable[[str], bool]) -> list[Call]:
    """The compiler calls of all rules, also those in a piece of shell."""
    found: list[Call] = []
    for part in walk(list(rules)):
        if part[:1] == ["run"]:
            call = call_of(atoms(part[1:]), is_shim)
            found += [call] if call else []
        elif part[:1] in (["system"], ["bash"]):
            found += [call for text in atoms(part[1:]) for call in calls_in(text, is_shim)]
    return found


def judge(calls: list[Call], status: int, error: str, command: Sequence[str]) -> list[Check]:
    """The checks; status and error: how `dune rules` has ended."""
    is_good, text = count(calls, " in its rules")
    if status:
        lines = [line for line in error.splitlines() if line.strip()] or ["it said nothing"]
        telling = next((line for line in lines if line.startswith("Error:")), lines[0])
        means = "only a part of the rules was seen"
        found = f"`dune rules` ended with {status}: {one_line(telling)}"
        failed = [Check("dune rules", DEGRADED, found, means, f"see what {_says(command)} says")]
    else:
        failed = []
    if not is_good:
        return [Check("dune", DEGRADED, text, PAST, MEND), *failed]
    return [Check("dune", OK if calls or not status else SKIPPED, text), *failed]


def _says(command: Sequence[str]) -> str:
    return shell.join([command[0], "rules", *kept(command[1:])])
