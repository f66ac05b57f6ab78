"""What `make -n -p` prints: the recipes that would run, and the variables with their origin.

Each make of the build prints its recipes as it goes, and its data base at its end; those of
sub-makes stand between the recipes of the makes above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

BEGIN, END = "# Make data base, printed on", "# Finished Make data base on"
# "# makefile (from 'CoqMakefile', line 101)"; older makes write `CoqMakefile'.
ORIGIN = re.compile(
    r"# (environment under -e|environment|command line|makefile|default|automatic|'override' "
    r"directive)(?: \(from [`'](.*)', line (\d+)\))?$"
)
ASSIGNED = re.compile(r"([\w.-]+) (:?:?=) ?(.*)$")
DEFINED = re.compile(r"define ([\w.-]+)(?: :?=)?$")


@dataclass(frozen=True)
class Variable:
    """A variable of one make. origin: as make says. file, line: where; "" and 0 elsewhere.

    folder: the make's current one.
    """

    name: str
    value: str
    origin: str
    file: str = ""
    line: int = 0
    folder: str = ""


@dataclass(frozen=True)
class Output:
    """recipes: one entry for each logical line. bases: the variables of each make, by name."""

    recipes: tuple[str, ...]
    bases: tuple[dict[str, Variable], ...]


def read_output(text: str) -> Output:
    """Take apart what `make -n -p` has printed with messages in English."""
    recipes: list[str] = []
    bases: list[dict[str, Variable]] = []
    base: list[str] | None = None
    for line in text.split("\n"):
        if line.startswith(BEGIN):
            base = []
        elif line.startswith(END):
            bases.append(read_base(base or []))
            base = None
        else:
            (recipes if base is None else base).append(line)
    return Output(tuple(logical_lines(recipes)), tuple(bases))


def logical_lines(lines: list[str]) -> list[str]:
    """Join what a backslash continues; empty lines are dropped."""
    joined = "\n".join(lines).replace("\\\n", " ")
    return [line for line in joined.split("\n") if line.strip()]


def read_base(lines: list[str]) -> dict[str, Variable]:
    """The variables of one data base, by name."""
    found: dict[str, Variable] = {}
    origin = None
    for at, line in enumerate(lines):
        if line.startswith("# "):
            origin = ORIGIN.match(line)
            continue
        if origin is not None:
            entry = _variable(line, lines[at + 1 :], origin)
            if entry:
                found.setdefault(entry.name, entry)
        origin = None
    folder = found["CURDIR"].value if "CURDIR" in found else ""
    return {name: _placed(entry, folder) for name, entry in found.items()}


def _variable(line: str, rest: list[str], origin: re.Match[str]) -> Variable | None:
    word, file, number = origin.groups()
    where = (word, file or "", int(number or 0))
    if match := ASSIGNED.match(line):
        return Variable(match[1], match[3], *where)
    if match := DEFINED.match(line):
        until = rest.index("endef") if "endef" in rest else len(rest)
        return Variable(match[1], "\n".join(rest[:until]), *where)
    return None


def _placed(entry: Variable, folder: str) -> Variable:
    return Variable(entry.name, entry.value, entry.origin, entry.file, entry.line, folder)
