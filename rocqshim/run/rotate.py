"""One log for each build: before a build begins, the log that is there becomes ``.1``, ``.2``, ….

Whoever writes a log holds a lock on it (flock), wherever it has moved to; such a log is never
removed and never truncated.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from rocqshim.files import target_of

# Not blocking, so that a named pipe that nobody reads is an error and no hang.
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK | os.O_NOCTTY
TRIES, PAUSE = 20, 0.005  # for the lock of a log; seconds
# For that of its folder: many builds may begin at once, and `flock . rocqshim run …` never lets go.
FOLDER_TRIES = 600


def open_log(path: str, keep: int, rotate: bool = True) -> int:
    """Open the log of a build that begins, with a lock on it. Raises OSError.

    keep: how many earlier logs stay. rotate: False within a build, whose logs stay as they are:
    this one is begun anew if nobody writes to it, else added to.
    """
    target = target_of(path)
    if target and rotate and keep:
        # There again only where the folder was not ours alone: it is the other build's then.
        with _alone(os.path.dirname(target)), contextlib.suppress(FileExistsError):
            if _make_room(target, keep):
                return _locked(os.open(target, FLAGS | os.O_EXCL, 0o666))
    is_ours = bool(target) and not is_written(target)
    return _locked(os.open(path, FLAGS | (os.O_TRUNC if is_ours else 0), 0o666))


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


def _locked(file: int) -> int:
    os.set_blocking(file, True)
    _try_lock(file, fcntl.LOCK_SH, TRIES)  # somebody may ask whether it is locked, just now
    return file


def _try_lock(file: int, kind: int, tries: int) -> None:
    """Lock it, or go on without: others may hold it for long, and some file systems have none."""
    for _ in range(tries):
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(PAUSE)
        except OSError:
            return


def _make_room(path: str, keep: int) -> bool:
    """Rename what is there; False where that cannot be."""
    try:
        if os.path.lexists(path):
            _shift(path, keep)
    except OSError:
        return False  # we may write the file, and not its folder
    return True


def _shift(path: str, keep: int) -> None:
    """Free the name of the log that begins: up to the first number that is free, each moves on.

    No recursion, as ``log-keep`` may allow more logs than Python does calls.
    """
    number = 1
    while os.path.lexists(last := f"{path}.{number}"):
        if number >= keep and not is_written(last):
            _remove_from(path, number)
            break
        number += 1
    for to in range(number, 1, -1):
        os.rename(f"{path}.{to - 1}", f"{path}.{to}")
    os.rename(path, f"{path}.1")


def _remove_from(path: str, number: int) -> None:
    """Remove this log and those after it: their number was once allowed."""
    while os.path.lexists(old := f"{path}.{number}") and not is_written(old):
        os.unlink(old)
        number += 1


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """No other build rotates in ``folder`` meanwhile, where it can be locked in 3 s."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        _try_lock(handle, fcntl.LOCK_EX, FOLDER_TRIES)
        yield
    finally:
        os.close(handle)
