"""Is a program the launcher under a compiler's name (a masquerade in PATH)?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

from rocqshim.regular import read_head

LAUNCHER = b"rocq-exec"
# What a script has to name: the launcher, or itself as `rocqshim shims` writes it.
NAMED = (LAUNCHER, b"rocqshim launcher for ")
HEAD = 4096  # bytes of a wrapper script that are looked at


def shim_test(path: str, folder: str) -> Callable[[str], bool]:
    """A test for programs as they are written. path: PATH. folder: where relative ones begin."""
    known: dict[str, bool] = {}

    def is_shim_here(program: str) -> bool:
        if program not in known:
            known[program] = is_shim(resolved(program, path, folder))
        return known[program]

    return is_shim_here


def resolved(program: str, path: str, folder: str) -> str:
    """The file that is executed for ``program``, "" where there is none."""
    if "/" in program:
        return os.path.join(folder, program)
    return shutil.which(program, path=path) or ""


def is_shim(file: str) -> bool:
    """Tell whether ``file`` is the launcher: a link to it, its copy, or a script that calls it."""
    if not file:
        return False
    if os.fsencode(os.path.basename(os.path.realpath(file))) == LAUNCHER:
        return True
    try:
        head = read_head(file, HEAD)
    except OSError:
        return False
    return head.startswith(b"#!") and any(name in head for name in NAMED)
