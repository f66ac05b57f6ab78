"""The broker's socket: bound, said to be ready, and removed without a gap for a second broker.

Whoever starts a broker holds the lock (launch/start.py), and so does a broker that leaves:
between the two nothing can be started twice or stopped under a newcomer.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM
from socket import socket as Socket

from rocqshim.broker.log import LOG, open_log
from rocqshim.launch.place import Unusable, folder, make_folder
from rocqshim.launch.spare import address, contact_at

LOCK_PATIENCE = 5.0  # seconds
BACKLOG = 1024  # launchers that may connect at the same moment
_NEW = os.O_CREAT | os.O_NOFOLLOW  # in /tmp nobody's link shall lead us to a file of ours


@dataclass
class Listening:
    """A bound socket at ``path``; ``inode`` tells it from a later broker's at the same place.

    spare: the socket that nobody can remove (launch/spare.py); None where there can be none.
    """

    path: str
    socket: Socket
    inode: tuple[int, int]
    spare: Socket | None = None

    @classmethod
    def at(cls, path: str) -> Listening:
        """Bind, in place of the socket that a killed broker left. Raises OSError."""
        return cls(path, _bound(path), _inode(path))

    @classmethod
    def as_only_one(cls, path: str) -> Listening | None:
        """Bind, at the spare address first; None where a broker lives, which then serves all.

        Raises OSError.
        """
        if answers(path):
            return None
        spare = Socket(AF_UNIX, SOCK_STREAM)
        try:
            spare.bind(address(path))
        except OSError:
            spare.close()
            if other := contact_at(path):
                other.close()
                return None
            return cls.at(path)  # somebody else's has the name, or there are none here
        return cls(path, _bound(path), _inode(path), spare)

    def renew(self) -> bool:
        """Bind again where the socket was removed under us; False where that cannot be."""
        try:
            if os.path.dirname(self.path) == folder():
                make_folder()
            self.socket = _bound(self.path)
            self.inode = _inode(self.path)
        except (OSError, Unusable) as error:
            LOG.warning("the socket %s was removed, and cannot be made again: %s", self.path, error)
            return False
        LOG.warning("the socket %s was removed, and has been made again", self.path)
        return True

    def tell_ready(self) -> None:
        """Let the launcher that waits at our stderr go on; from then on stderr is a log."""
        if "ROCQSHIM_UNIT" not in os.environ:  # under systemd it is the journal already
            with contextlib.suppress(OSError):
                os.write(2, b"ready")
        open_log(os.environ)

    @contextlib.contextmanager
    def leaving(self) -> Iterator[bool]:
        """Take the socket away first, let the block release what we hold, then the lock.

        Gives False where another broker is at our place, because our folder had been removed:
        then all that we held is its by now.
        """
        lock = self._lock()
        try:
            if self.is_taken():
                yield False
                return
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path)
            yield True
            self._tidy()
        finally:
            os.close(lock)

    def _lock(self) -> int:
        try:
            lock = os.open(self._beside(".lock"), os.O_RDWR | _NEW, 0o600)
        except OSError:  # the folder has gone: nobody can start another
            return os.open(os.devnull, os.O_RDWR)
        _lock(lock)
        return lock

    def is_gone(self) -> bool:
        """Whether the socket was removed, and nobody else's is there."""
        return not os.path.lexists(self.path)

    def is_taken(self) -> bool:
        """Whether another broker is at our place, because its folder had been removed."""
        try:
            return _inode(self.path) != self.inode
        except OSError:
            return False

    def _tidy(self) -> None:
        ours = os.path.dirname(self.path)
        if ours != _private_folder():
            ours = ""  # ROCQSHIM_SOCKET: the files beside it are the user's
        if ours:
            _remove_markers(ours)
            remove_dead(ours)
        with contextlib.suppress(OSError):
            os.unlink(self._beside(".lock"))
            if ours:
                os.rmdir(ours)  # only when it is empty

    def _beside(self, ending: str) -> str:
        return self.path + ending


def _bound(path: str) -> Socket:
    bound = Socket(AF_UNIX, SOCK_STREAM)
    _remove_stale(path)
    os.umask(0o077)
    bound.bind(path)
    return bound


def _inode(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _private_folder() -> str:
    """The folder that we make and nobody else writes; "" where there is none."""
    try:
        return folder()
    except Unusable:
        return ""


def _remove_markers(private: str) -> None:
    """Remove what launchers without a broker remember in it (launch/fallback.py)."""
    for marker in Path(private).glob("unlimited-[0-9]*"):
        with contextlib.suppress(OSError):
            marker.unlink()


def _remove_stale(path: str) -> None:
    """Remove the socket of a broker that was killed. Raises OSError, also for any other file."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(errno.EEXIST, "it is there, and no socket")
        os.unlink(path)


def _lock(descriptor: int) -> None:
    deadline = time.monotonic() + LOCK_PATIENCE
    while True:
        try:
            os.lockf(descriptor, os.F_TLOCK, 0)
            return
        except OSError:
            if time.monotonic() > deadline:
                LOG.warning("leaving without the lock, which another process holds")
                return
            time.sleep(0.02)


def others_answer(path: str) -> bool:
    """Tell whether a broker of another version lives beside the socket ``path``.

    Only by a name of ours (launch/place.py): podman and docker have sockets in such folders, too,
    and the second ones (broker/shared.py) are those of brokers elsewhere.
    """
    others = map(str, Path(path).parent.glob("broker-*.sock"))
    return any(answers(other) for other in others if other != path)


def remove_dead(private: str) -> None:
    """Remove the second sockets (broker/shared.py) of brokers that were killed.

    One that was bound a moment ago may have nobody listening yet.
    """
    for found in Path(private).glob("shared-*.sock"):
        with contextlib.suppress(OSError):
            is_new = time.time() - found.lstat().st_mtime < LOCK_PATIENCE
            if not is_new and not answers(str(found)):
                found.unlink()


def answers(path: str) -> bool:
    """Tell whether a broker listens at ``path``."""
    with Socket(AF_UNIX, SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except OSError:
            return False
        return True
