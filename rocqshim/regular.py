"""Reading what a project has put there: a FIFO, a device or 1 GB must not hold its reader up."""

from __future__ import annotations

import errno
import os
import stat

LARGEST = 16 << 20  # bytes; no text that a person or a tool writes for a build is larger
# Not blocking: of a FIFO that took the place of a file, and of one that somebody has leased.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_PIECE = 1 << 20  # bytes that are asked for at once: no 64 MB are set aside for 1 KB


class NotRegular(OSError):
    """A pipe, a socket or a device: nothing to be read."""


def read_regular(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """All of the regular file at ``path``, of at most ``largest`` bytes.

    Raises OSError: NotRegular for what is none, EFBIG for a larger one, EISDIR for a directory.
    """
    content = _read(path, largest + 1, largest)
    if len(content) > largest:  # one of /proc, or one that grows
        raise _too_large(path, largest)
    return content


def read_head(path: str | os.PathLike[str], size: int) -> bytes:
    """The first ``size`` bytes of a regular file, or all of a shorter one. Raises OSError."""
    return _read(path, size, None)


def _read(path: str | os.PathLike[str], size: int, largest: int | None) -> bytes:
    _check(path, os.stat(path), largest)  # first: to open a device may do something
    file = os.open(path, _FLAGS)
    found: list[bytes] = []
    try:
        _check(path, os.fstat(file), largest)
        while size > 0 and (piece := os.read(file, min(size, _PIECE))):
            found.append(piece)
            size -= len(piece)
    finally:
        os.close(file)
    return b"".join(found)


def _check(path: str | os.PathLike[str], found: os.stat_result, largest: int | None) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular(errno.EINVAL, "it is not a regular file", os.fspath(path))
    if largest is not None and found.st_size > largest:
        raise _too_large(path, largest)


def _too_large(path: str | os.PathLike[str], largest: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {largest} bytes", os.fspath(path))
