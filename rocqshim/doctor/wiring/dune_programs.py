"""What stands behind the programs in rules of dune: a file of the source, or what a rule makes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from rocqshim.doctor.wiring.sexp import Sexp, atoms, parse, walk
from rocqshim.doctor.wiring.shim import LAUNCHER

Ask = Callable[[Sequence[str]], tuple[int, str, str]]


def plain(program: str) -> str:
    """A program of an action as a target of the build: `../.bin/rocq` is `.bin/rocq`."""
    return os.path.normpath(program).replace("../", "")


class Programs:
    """The programs of ``rules`` that dune makes. ask: `dune rules` for some targets.

    folder: the build folder, in which targets are named by dune.
    """

    def __init__(self, rules: Sequence[Sexp], ask: Ask, folder: str) -> None:
        behind = _asked(rules, ask)
        self._links = _links(behind)
        self._launchers = _launchers([*rules, *behind], folder)

    def source(self, program: str) -> str:
        """The file behind ``program``, as it is written in an action."""
        # A bare name in a piece of shell: dune puts the folder .bin first in PATH.
        key = plain(program) if "/" in program else f".bin/{program}"
        return self._links.get(key, program)

    def is_launcher(self, program: str) -> bool:
        """Tell whether a rule makes the file behind ``program``, and makes a launcher of it."""
        return plain(self.source(program)) in self._launchers


def _asked(rules: Sequence[Sexp], ask: Ask) -> list[Sexp]:
    """The rules of `.bin/coqc`, which `(env (_ (binaries …)))` makes, and of what is behind it.

    They are printed only if they are asked for.
    """
    named = [atoms(part) for part in walk(list(rules)) if part[:1] == ["run"]]
    programs = {plain(words[1]) for words in named if "/.bin/" in f"/{words[1]}"}
    return parse(ask(["--recursive", *sorted(programs)])[1]) if programs else []


def _links(rules: Sequence[Sexp]) -> dict[str, str]:
    found = {}
    for part in walk(list(rules)):
        if part[:1] in (["symlink"], ["copy"]) and len(atoms(part)) == 3:
            _, source, target = atoms(part)
            folder = os.path.dirname(target) if part[0] == "symlink" else ""
            found[plain(target)] = f"./{os.path.normpath(os.path.join(folder, source))}"
    return found


def _launchers(rules: Sequence[Sexp], folder: str) -> set[str]:
    """The targets of rules whose action is `rocqshim launcher`, or writes a script that calls one.

    The same rule as for files: a script that names the launcher calls it.
    """
    made: set[str] = set()
    for rule in rules:
        fields = {part[0]: part for part in rule if isinstance(part, list) and part}
        if any(map(_names_launcher, walk(fields.get("action", [])))):
            found = [word for part in walk(fields.get("targets", [])) for word in atoms(part)]
            made |= {_in_context(word, folder) for word in found}
    return made


def _names_launcher(part: list[Sexp]) -> bool:
    words = atoms(part)
    is_written = any(LAUNCHER.decode() in word for word in words)
    is_rocqshim = words[:1] == ["run"] and os.path.basename(words[1]) == "rocqshim"
    return is_written or (is_rocqshim and words[2:3] == ["launcher"])


def _in_context(target: str, folder: str) -> str:
    """`BUILD/default/bin/coqc.sh` is bin/coqc.sh to the actions, which run in the context."""
    inside = os.path.relpath(target, folder) if target.startswith("/") else target
    return inside.partition("/")[2]
