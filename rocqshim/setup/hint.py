"""The one line that a person has to add, for the kind of build that the project has."""

from __future__ import annotations

import re
from pathlib import Path

from rocqshim.makefile.include import DEFAULT_PATH

LINE = f"include {DEFAULT_PATH}"
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")  # the order in which GNU make takes them
_GENERATORS = {"_RocqProject": "rocq makefile", "_CoqProject": "coq_makefile"}
_INCLUDES = re.compile(r"^ *(?:-|s)?include\s[^#\n]*rocq-limits\.mk", re.M)
_GENERATED = re.compile(r"^## GNU[Mm]akefile for (?:Coq|Rocq)", re.M)  # by coq_makefile
_DUNE = """In a rule of a dune file, write rocq-exec before the compiler:
  (action (run rocq-exec %{bin:coqc} -q %{dep:a.v}))
"""


def next_step(root: Path) -> str:
    """What to do now, ending in a newline; commands are to be run in ``root``."""
    makefile = next((name for name in _MAKEFILES if (root / name).is_file()), None)
    dune = _DUNE if (root / "dune-project").exists() else ""
    if makefile:
        return _for_makefile(root, makefile) + dune
    if dune:
        return dune
    return _without_makefile(next((name for name in _GENERATORS if (root / name).exists()), None))


def _for_makefile(root: Path, name: str) -> str:
    text = (root / name).read_text("utf-8", errors="replace")
    if _INCLUDES.search(text):
        return f"{name} includes it already: nothing more to do.\n"
    if not _GENERATED.search(text[:2000]):
        return f"Now add one line to {name}:\n  {_append(text, name)}\n"
    local = root / f"{name}.local"  # survives the next coq_makefile
    before = local.read_text("utf-8", errors="replace") if local.is_file() else ""
    if _INCLUDES.search(before):
        return f"{local.name} includes it already: nothing more to do.\n"
    return (
        f"{name} is generated and reads {local.name}. Now add one line to that:\n"
        f"  {_append(before, local.name)}\n"
    )


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
