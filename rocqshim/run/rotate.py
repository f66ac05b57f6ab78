"""One log for each build: before a build begins, the log that is there becomes ``.1``, ``.2``, ….

Whoever writes a log holds a lock on it (flock), wherever it has moved to; such a log is never
removed and never truncated.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator

# Not blocking, so that a named pipe that nobody reads is an error and no hang.
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
LINKS = 40  # symbolic links followed, as in the kernel
NOT_OURS = ("/dev/std", "/dev/fd/", "/proc/")  # that may well be a file: the caller's
TRIES, PAUSE = 20, 0.005  # for the lock; seconds


def open_log(path: str, keep: int, rotate: bool = True) -> int:
    """Open the log of a build that begins, with a lock on it. Raises OSError.

    keep: how many earlier logs stay. rotate: False within a build, whose logs stay as they are:
    this one is begun anew if nobody writes to it, else added to.
    """
    target = target_of(path)
    if target and rotate and keep:
        with _alone(os.path.dirname(target)):
            if _make_room(target, keep):
                return _locked(os.open(target, FLAGS | os.O_EXCL, 0o666))
    is_ours = bool(target) and not is_written(target)
    return _locked(os.open(path, FLAGS | (os.O_TRUNC if is_ours else 0), 0o666))


def target_of(path: str) -> str:
    """The regular file, perhaps to be, behind the links at ``path``; "" for anything else."""
    if path.endswith("/"):
        return ""
    found = os.path.abspath(path)
    for _ in range(LINKS):
        if found.startswith(NOT_OURS):
            return ""
        if not os.path.islink(found):
            return found if _is_regular(found) else ""
        found = os.path.join(os.path.dirname(found), os.readlink(found))
    return ""


def is_written(path: str) -> bool:
    """Whether a build writes the log at ``path`` now."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # no locks on that file system
    finally:
        os.close(file)
    return False


def _is_regular(path: str) -> bool:
    """By one look, as another build may be moving it; what is not there will be regular."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _locked(file: int) -> int:
    os.set_blocking(file, True)
    for _ in range(TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(PAUSE)  # somebody asks whether it is locked, at this moment
        except OSError:
            break  # no locks on that file system
    return file


def _make_room(path: str, keep: int) -> bool:
    """Rename what is there; False where that cannot be."""
    try:
        if os.path.lexists(path):
            _shift(path, 1, keep)
    except OSError:
        return False  # we may write the file, and not its folder
    return True


def _shift(path: str, number: int, keep: int) -> None:
    """Free the name of the log before ``number``: move it there, after making room in turn."""
    to = f"{path}.{number}"
    if os.path.lexists(to):
        if number >= keep and not is_written(to):
            _remove_from(path, number)
        else:
            _shift(path, number + 1, keep)
    os.rename(path if number == 1 else f"{path}.{number - 1}", to)


def _remove_from(path: str, number: int) -> None:
    """Remove this log and those after it: their number was once allowed."""
    while os.path.lexists(old := f"{path}.{number}") and not is_written(old):
        os.unlink(old)
        number += 1


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """No other build rotates in ``folder`` meanwhile, where it can be locked at all."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
