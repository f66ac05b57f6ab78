"""Where the history lies, and its folder made."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping

from rocqshim.folders import state_home

FILE = "history.sqlite3"


def default_path(environ: Mapping[str, str]) -> str:
    """``$ROCQSHIM_STATE/history.sqlite3``, else below ``$XDG_STATE_HOME/rocqshim``.

    Relative ones are ignored, as the broker, which has another working folder, reads them too.
    """
    folder = environ.get("ROCQSHIM_STATE", "")
    if not os.path.isabs(folder):
        # Without a home, opening what cannot be there says so.
        folder = os.path.join(state_home(environ) or "/nonexistent/.local/state", "rocqshim")
    return os.path.join(folder, FILE)


def make_folder(path: str) -> None:
    """Make ``.local/state/rocqshim`` in the home, never a home: /nonexistent must stay so.

    Raises OSError.
    """
    above = os.path.dirname(os.path.dirname(os.path.dirname(path)))
    if not os.path.isdir(above):
        raise FileNotFoundError(errno.ENOENT, f"there is no directory {above}")
    os.makedirs(path, mode=0o700, exist_ok=True)
