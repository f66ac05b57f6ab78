"""A launcher for one program, in a folder that is in no PATH: COQC as one word.

Not those of rocqshim/run/masquerade.py: their programs are what PATH has behind them, and that of
a COQC is what PATH has first at each call (`opam exec`), or the file that was named.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rocqshim.run.compilers import LAUNCHER
from rocqshim.run.masquerade import forget_old
from rocqshim.shims.folder import put_launcher


def launchers_in(folder: Path) -> Callable[[Sequence[str]], str]:
    """Give a function that writes launchers below ``folder``: see compilers.OneWord."""

    def one_word(words: Sequence[str]) -> str:
        name = os.path.basename(words[0])
        program = os.path.abspath(words[0]) if name != words[0] else name
        path = _place(folder / LAUNCHER, program) / (f"{name}c" if words[1:] else name)
        with suppress(OSError):
            forget_old(folder / LAUNCHER, path.parent)
            if put_launcher(path, name, program if "/" in program else "", words[1:]):
                return str(path)
        return ""

    return one_word


def _place(folder: Path, program: str) -> Path:
    if "/" not in program:
        return folder / "by-name"
    return folder / f"by-path-{hashlib.sha256(os.fsencode(program)).hexdigest()[:12]}"
