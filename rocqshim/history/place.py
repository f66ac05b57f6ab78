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
    Root's, in the home of another user (``sudo -E``), is in root's own: what root makes there that
    user could write no more.
    """
    folder = environ.get("ROCQSHIM_STATE", "")
    if not os.path.isabs(folder):
        base = state_home(environ)
        if _is_anothers(base):
            base = state_home({})
        # Without a home, opening what cannot be there says so.
        folder = os.path.join(base or "/nonexistent/.local/state", "rocqshim")
    return os.path.join(folder, FILE)


def elsewhere(environ: Mapping[str, str], path: str) -> str:
    """What to say where root builds with another user's home, or "". path: of the history."""
    if os.path.isabs(environ.get("ROCQSHIM_STATE", "")) or not _is_anothers(state_home(environ)):
        return ""
    return f"root builds in the home of another user: what it does is recorded in {path}"


def _is_anothers(path: str) -> bool:
    """Whether we are root and ``path``, or what is there of it, is not root's."""
    if os.getuid() or not path:
        return False
    return os.stat(_existing(path)).st_uid != 0


def _existing(path: str) -> str:
    """The path, or what of it is there."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return path


def obstacle(path: str) -> OSError | None:
    """What keeps the file ``path`` from being read or, where there is none, from being begun."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
    except FileNotFoundError:
        return _unmakeable(os.path.dirname(path))
    except OSError as error:
        return error
    return None


def _unmakeable(folder: str) -> OSError | None:
    try:
        _check(folder)
        folder = _existing(folder)
        is_fixed = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError as error:
        return error
    if os.access(folder, os.W_OK | os.X_OK):  # it says no on a read-only file system to root, too
        return None
    number = errno.EROFS if is_fixed else errno.EACCES
    return OSError(number, os.strerror(number), folder)


def make_folder(path: str) -> None:
    """Make ``.local/state/rocqshim`` in the home, never a home: /nonexistent must stay so.

    Raises OSError.
    """
    _check(path)
    os.makedirs(path, mode=0o700, exist_ok=True)


def _check(path: str) -> None:
    above = os.path.dirname(os.path.dirname(os.path.dirname(path)))
    if not os.path.isdir(above):
        raise FileNotFoundError(errno.ENOENT, f"there is no directory {above}")
