"""Where the broker's socket is: one private folder per user, in the runtime directory.

The name holds the version of the package, so that after an upgrade a new launcher starts a new
broker and never talks to an old one; inside a Slurm allocation it holds the allocation, so that
a job never leaves it through a broker outside. A build in a sandbox that does not see the runtime
directory (opam's) finds the broker's second socket, below /tmp, by ROCQSHIM_SHARED.
"""

import _socket
import posix
import sys

from rocqshim import __version__
from rocqshim.launch.system import variable

DOCTOR = "See: rocqshim doctor"


class Unusable(Exception):
    """No broker can be had; ``str()`` says why, ``hint`` what to do."""

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact)
        self.hint = hint


def seconds(name: str, default: float) -> float:
    """Read a time from the environment; what is no number is as if it were not there."""
    try:
        return float(variable(name) or default)
    except ValueError:
        return default


def socket_path() -> str:
    """Name the socket: ROCQSHIM_SOCKET, or in the user's private folder. Raises Unusable."""
    named = variable("ROCQSHIM_SOCKET")
    if named:
        return named
    shared = variable("ROCQSHIM_SHARED")
    if shared and not runtime_folder():
        return shared
    allocation = variable("SLURM_JOB_ID")
    suffix = f"-slurm{allocation}" if allocation.isdigit() else ""
    return f"{folder()}/broker-{__version__}{suffix}.sock"


def plain_path() -> str:
    """Name the socket as a caller does whose environment was cleared. Raises Unusable."""
    runtime = f"/run/user/{posix.getuid()}"
    base = _checked(f"{runtime}/rocqshim") if is_ours(runtime) else temporary_folder()
    return f"{base}/broker-{__version__}.sock"


def folder() -> str:
    """Name the user's private folder. Only who starts a broker makes it. Raises Unusable."""
    runtime = runtime_folder()
    return _checked(f"{runtime}/rocqshim") if runtime else temporary_folder()


def temporary_folder() -> str:
    """Name the user's private folder below /tmp. Raises Unusable."""
    # No TMPDIR here: dune gives each action its own, and all must find the same broker.
    return _checked(f"/tmp/rocqshim-{user()}")


def user() -> int:
    """Give our user's number as the kernel knows it: fakeroot preloads a getuid that says 0."""
    one, other = _socket.socketpair()
    found = peer(one)[1]
    one.close()
    other.close()
    return found


def peer(connected: _socket.socket) -> tuple[int, int]:
    """Give the pid and the user of the process at the other end of a unix socket (unix(7))."""
    raw = connected.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 8)
    return int.from_bytes(raw[:4], sys.byteorder), int.from_bytes(raw[4:], sys.byteorder)


def runtime_folder() -> str:
    """Name the user's runtime directory; "" where there is none that we may write.

    What XDG_RUNTIME_DIR says may be another user's (`su` keeps it, `sudo -E`), or not be there
    (cron, `sudo -u`).
    """
    named = variable("XDG_RUNTIME_DIR")
    if is_ours(named):
        return named
    usual = f"/run/user/{user()}"
    return usual if is_ours(usual) else ""


def is_ours(path: str) -> bool:
    """Tell whether an absolute path is a folder of this user's that can be written."""
    try:
        is_own = path.startswith("/") and posix.stat(path).st_uid == posix.getuid()
    except OSError:
        return False
    return is_own and posix.access(path, posix.W_OK)


def make_folder() -> None:
    """Make the folder for the socket, where it is missing. Raises Unusable."""
    if not variable("ROCQSHIM_SOCKET"):
        make_private(folder())


def make_private(path: str) -> None:
    """Make the folder ``path`` for our user alone, or check what is there. Raises Unusable."""
    try:
        posix.mkdir(path, 0o700)
    except FileExistsError:
        pass
    except OSError as error:
        raise Unusable(
            f"{path}: {error.strerror}", "Set XDG_RUNTIME_DIR to a writable folder."
        ) from None
    _checked(path)  # whoever made it


def _checked(path: str) -> str:
    try:
        entry = posix.lstat(path)  # not stat: a link could lead into somebody else's folder
    except OSError:
        return path
    if entry.st_uid != posix.getuid():  # in /tmp, nobody but its owner and root can remove it
        raise Unusable(
            f"{path} belongs to user {entry.st_uid}",
            'Take another folder: export XDG_RUNTIME_DIR="$(mktemp -d)", or have root remove it.',
        )
    if entry.st_mode & 0o170022 != 0o040000:
        raise Unusable(
            f"{path} is not a folder that only you can write",
            f"Remove it (ls -ld {path}), or set XDG_RUNTIME_DIR to a folder of your own.",
        )
    return path
