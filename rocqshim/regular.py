"""Reading what a project has put there: a FIFO, a device or 1 GB must not hold its reader up."""

from __future__ import annotations

import errno
import os
import stat

LARGEST = 16 << 20  # bytes; no text that a person or a tool writes for a build is larger
# Not blocking: of a FIFO that took the place of a file, and of one that somebody has leased.
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_PIECE = 1 << 20  # bytes that are asked for at once: the kernel is given no 64 MB for 1 KB


class NotRegular(OSError):
    """A pipe, a socket or a device: nothing to be read."""


def read_regular(path: str | os.PathLike[str], largest: int = LARGEST) -> bytes:
    """All of the regular file at ``path``, of at most ``largest`` bytes.

    Raises OSError: NotRegular for what is none, EFBIG for a larger one, EISDIR for a directory.
    """
    content = read_head(path, largest + 1)
    if len(content) > largest:
        why = f"it is larger than {largest} bytes"
        raise OSError(errno.EFBIG, why, os.fspath(path))
    return content


def read_head(path: str | os.PathLike[str], size: int) -> bytes:
    """The first ``size`` bytes of a regular file, or all of a shorter one. Raises OSError."""
    _check(path, os.stat(path))  # first: to open a device may do something
    file = os.open(path, _FLAGS)
    try:
        _check(path, os.fstat(file))
        return _read(file, size)
    finally:
        os.close(file)


def _check(path: str | os.PathLike[str], found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise NotRegular(errno.EINVAL, "it is not a regular file", os.fspath(path))


def _read(file: int, size: int) -> bytes:
    found: list[bytes] = []
    while size > 0 and (piece := os.read(file, min(size, _PIECE))):
        found.append(piece)
        size -= len(piece)
    return b"".join(found)
