"""Where the history lies, and its folder made."""

from __future__ import annotations

import errno
import os
import pwd
from collections.abc import Mapping

FILE = "history.sqlite3"


def default_path(environ: Mapping[str, str]) -> str:
    """``$ROCQSHIM_STATE/history.sqlite3``, else below ``$XDG_STATE_HOME/rocqshim``."""
    if folder := environ.get("ROCQSHIM_STATE"):
        return os.path.join(folder, FILE)
    state = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):  # the specification has relative ones ignored
        state = os.path.join(environ.get("HOME") or _home(), ".local", "state")
    return os.path.join(state, "rocqshim", FILE)


def _home() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/nonexistent"  # a container's bare uid; opening it says so


def make_folder(path: str) -> None:
    """Make ``.local/state/rocqshim`` in the home, never a home: /nonexistent must stay so.

    Raises OSError.
    """
    above = os.path.dirname(os.path.dirname(os.path.dirname(path)))
    if not os.path.isdir(above):
        raise FileNotFoundError(errno.ENOENT, f"there is no directory {above}")
    os.makedirs(path, mode=0o700, exist_ok=True)
