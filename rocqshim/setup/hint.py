"""The one line that a person has to add, for the kind of build that the project has."""

from __future__ import annotations

import re
from pathlib import Path

from rocqshim.makefile.include import DEFAULT_PATH
from rocqshim.regular import read_regular

LINE = f"include {DEFAULT_PATH}"
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # the order in which GNU make takes them
_GENERATORS = {"_RocqProject": "rocq makefile", "_CoqProject": "coq_makefile"}
_INCLUDES = re.compile(r"^ *(?:-|s)?include\s[^#\n]*rocq-limits\.mk", re.M)
_GENERATED = re.compile(r"^## GNU[Mm]akefile for (?:Coq|Rocq)", re.M)  # by coq_makefile
_DUNE = """In a rule of a dune file, write rocq-exec before the compiler:
  (action (run rocq-exec %{bin:coqc} -q %{dep:a.v}))
"""


def next_step(root: Path) -> str:
    """What to do now, ending in a newline; commands are to be run in ``root``."""
    makefile = next((name for name in MAKEFILES if (root / name).is_file()), None)
    dune = _DUNE if (root / "dune-project").exists() else ""
    if makefile:
        return _for_makefile(root, makefile) + dune
    if dune:
        return dune
    return _without_makefile(next((name for name in _GENERATORS if (root / name).exists()), None))


def including(root: Path, *makefiles: str) -> str | None:
    """The first of these makefiles of ``root``, or of its `.local` files, that has the line."""
    # CoqMakefile.local may be there before its CoqMakefile, which each checkout generates anew.
    names = [*makefiles, *sorted(path.name for path in root.glob("*.local"))]
    return next((name for name in names if _INCLUDES.search(_text(root / name))), None)


def to_add(root: Path, name: str) -> tuple[str, str]:
    """Which file takes the line for the makefile ``name``, and the command that adds it."""
    text = _text(root / name)
    if _GENERATED.search(text[:2000]):
        name = f"{name}.local"  # survives the next coq_makefile
        text = _text(root / name)
    return name, _append(text, name)


def _for_makefile(root: Path, name: str) -> str:
    if found := including(root, name):
        return f"{found} includes it already: nothing more to do.\n"
    target, command = to_add(root, name)
    if target == name:
        return f"Now add one line to {name}:\n  {command}\n"
    return f"{name} is generated and reads {target}. Now add one line to that:\n  {command}\n"


def _text(path: Path) -> str:
    try:
        return read_regular(path).decode("utf-8", "replace")
    except OSError:  # it is not there, or cannot be read
        return ""


def _append(text: str, name: str) -> str:
    if text and not text.endswith("\n"):  # or the line would become a part of the last one
        return f"printf '\\n{LINE}\\n' >> {name}"
    return f"echo '{LINE}' >> {name}"


def _without_makefile(project: str | None) -> str:
    if project:
        return (
            "There is no Makefile. The one that is generated reads CoqMakefile.local:\n"
            f"  {_GENERATORS[project]} -f {project} -o CoqMakefile\n"
            f"  echo '{LINE}' >> CoqMakefile.local\n"
            "  make -f CoqMakefile\n"
        )
    return (
        f"There is no Makefile here. The last line of the one that you write is:\n  {LINE}\n"
        "Without it: rocqshim run -- make\n"
    )
