"""Where a project keeps the dependency files of a job: by make, by coq_makefile, by dune."""

from __future__ import annotations

import os
from collections.abc import Iterator

from rocqshim.settings.dune import is_context

# coq_makefile's is named after the makefile (.CoqMakefile.d, .Makefile.coq.d, .Makefile.rocq.d);
# the rest is what plain Makefiles use.
_NAMES = frozenset((".depend", ".depends", ".deps", "depend", "deps", "depends.mk", "deps.mk"))
_ENDINGS = (".d", ".deps", ".coqdep.mk", ".rocqdep.mk")


def places(cwd: str, source: str) -> Iterator[str]:
    """Name what may hold the dependencies of ``source`` (absolute), called in ``cwd``."""
    folder, name = os.path.split(source)
    stem = name.removesuffix(".v")
    # The file's own: dune 2 to 3.7, coq_makefile before 8.10, plain Makefiles.
    for own in (f"{name}.d", f".{name}.d", f".{stem}.d", f"{stem}.d"):
        yield os.path.join(folder, own)
    yield from _of_all(cwd)
    # dune: beside the theory, which lies above the file or holds it.
    while folder.startswith(f"{cwd}/") and is_context(cwd):
        yield from _of_all(folder)
        folder = os.path.dirname(folder)


def _of_all(folder: str) -> list[str]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if _is_for_all(name)]


def _is_for_all(name: str) -> bool:
    # A dot first: what a folder has for each of its files is seen by the file's own name.
    is_hidden = name.startswith(".") and name.endswith(_ENDINGS) and not name.endswith(".v.d")
    return is_hidden or name in _NAMES
