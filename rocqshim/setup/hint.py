"""The one line that a person has to add, for the kind of build that the project has."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from rocqshim import shell
from rocqshim.makefile.include import DEFAULT_PATH
from rocqshim.regular import read_regular

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # the order in which GNU make takes them
_GENERATORS = {"_RocqProject": "rocq makefile", "_CoqProject": "coq_makefile"}
_INCLUDES = re.compile(r"^ *(?:-|s)?include\s[^#\n]*rocq-limits\.mk", re.M)
_GENERATED = re.compile(r"^## GNU[Mm]akefile for (?:Coq|Rocq)", re.M)  # by coq_makefile
_DUNE = """In a rule of a dune file, write rocq-exec before the compiler:
  (action (run rocq-exec %{bin:coqc} -q %{dep:a.v}))
"""


def next_step(root: Path, here: Path | None = None) -> str:
    """What to do now, ending in a newline; commands are to be run in ``here``.

    root: of the project, where the include is. here: a folder in it where somebody stands; what
    is built from there, or from the nearest folder above it, is meant.
    """
    here = here or root
    folder = builds_in(here, root) or root
    makefile = next((name for name in MAKEFILES if (folder / name).is_file()), None)
    dune = _DUNE if (folder / "dune-project").exists() else ""
    if makefile:
        return _for_makefile(root, folder / makefile, here) + dune
    if dune:
        return dune
    project = next((name for name in _GENERATORS if (folder / name).exists()), None)
    return _without_makefile(project, _line(root, folder), _shown(folder, here))


def builds_in(here: Path, root: Path) -> Path | None:
    """The nearest folder from ``here`` up to ``root`` with a file that make or dune begins with."""
    names = (*MAKEFILES, *_GENERATORS, "dune-project")
    above = (folder for folder in (here, *here.parents) if folder.is_relative_to(root))
    return next((each for each in above if any((each / name).exists() for name in names)), None)


def including(root: Path, *makefiles: str) -> str | None:
    """The first of these makefiles of ``root``, or of its `.local` files, that has the line."""
    # CoqMakefile.local may be there before its CoqMakefile, which each checkout generates anew.
    names = [*makefiles, *sorted(path.name for path in root.glob("*.local"))]
    return next((name for name in names if _INCLUDES.search(_text(root / name))), None)


def to_add(root: Path, makefile: Path, here: Path) -> tuple[str, str]:
    """Which file takes the line for ``makefile``, as it is called ``here``, and the command."""
    text = _text(makefile)
    if _GENERATED.search(text[:2000]):
        makefile = makefile.with_name(f"{makefile.name}.local")  # survives the next coq_makefile
        text = _text(makefile)
    name = _shown(makefile, here)
    return name, _append(text, shlex.quote(name), _line(root, makefile.parent))


def _line(root: Path, folder: Path) -> str:
    """The include for a makefile in ``folder``, where make runs."""
    return f"include {os.path.relpath(root / DEFAULT_PATH, folder)}"


def _shown(path: Path, here: Path) -> str:
    return os.path.relpath(path, here)


def _for_makefile(root: Path, makefile: Path, here: Path) -> str:
    name = _shown(makefile, here)
    if found := including(makefile.parent, makefile.name):
        found = _shown(makefile.with_name(found), here)
        return f"{found} includes it already: nothing more to do.\n"
    target, command = to_add(root, makefile, here)
    if target == name:
        return f"Now add one line to {name}:\n  {command}\n"
    return f"{name} is generated and reads {target}. Now add one line to that:\n  {command}\n"


def _text(path: Path) -> str:
    try:
        return read_regular(path).decode("utf-8", "replace")
    except OSError:  # it is not there, or cannot be read
        return ""


def _append(text: str, name: str, line: str) -> str:
    if text and not text.endswith("\n"):  # or the line would become a part of the last one
        return f"printf '\\n{line}\\n' >> {name}"
    return f"echo '{line}' >> {name}"


def _without_makefile(project: str | None, line: str, folder: str) -> str:
    if project:
        enter = "" if folder == "." else f"  cd {shell.quote(folder)}\n"
        return (
            "There is no Makefile. The one that is generated reads CoqMakefile.local:\n"
            f"{enter}"
            f"  {_GENERATORS[project]} -f {project} -o CoqMakefile\n"
            f"  echo '{line}' >> CoqMakefile.local\n"
            "  make -f CoqMakefile\n"
        )
    return (
        f"There is no Makefile here. The last line of the one that you write is:\n  {line}\n"
        "Without it: rocqshim run -- make\n"
    )
