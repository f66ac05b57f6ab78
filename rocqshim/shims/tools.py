"""The tools that a folder of launchers has, and where each is in PATH."""

from __future__ import annotations

import os

from rocqshim.launch.search import is_launcher, programs, search_path, without_links

# Those that take memory, with the names of their byte-code and native-code twins. coqdep, coqdoc
# and the like are small, and are never in the way of a build.
TOOLS = (
    "coqc coqc.byte coqc.opt coqtop coqtop.byte coqtop.opt coqchk coqnative "
    "coqidetop coqidetop.byte coqidetop.opt rocq rocqchk rocqtop rocqc "
    "vsrocqtop vscoqtop coq-lsp rocq-lsp fcc"
).split()


def tools_in_path() -> dict[str, str]:
    """Each tool of which PATH has a program that is no launcher of ours; gives its own file."""
    found = {name: programs(name) for name in TOOLS}
    return {
        name: without_links(os.path.abspath(paths[0])) for name, paths in found.items() if paths
    }


def is_covered(name: str) -> bool:
    """Tell whether the first program of this name in PATH is a launcher already."""
    paths = (os.path.join(folder, name) for folder in search_path())
    first = next((path for path in paths if os.access(path, os.X_OK)), "")
    return bool(first) and is_launcher(first)
