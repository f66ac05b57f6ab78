"""Starting the broker on demand. Off the usual path: imported only when none answers."""

import os
import sys
import time

from rocqshim.launch.contact import Contact, Gone
from rocqshim.launch.place import DOCTOR, Unusable, make_folder, seconds
from rocqshim.launch.silent import is_ours, is_stopped
from rocqshim.launch.spare import contact_at

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal  # typeshed has no stub of the C module
else:
    import _signal

# Seconds, for all of it. A broker needs half of one; many times that on a machine without memory,
# and a build that goes on without limits there is what nobody wants.
PATIENCE = seconds("ROCQSHIM_START_TIMEOUT", 60)
SCRIPT = os.path.join(os.path.dirname(os.path.dirname(__file__)), "broker", "_start.py")
PLACE = "Set XDG_RUNTIME_DIR to a folder of your own."
RUN_PATIENCE = 10.0  # seconds for `rocqshim run`, outside the sandbox, to start another broker
HOLDER = "hhqqi4x"  # struct flock, fcntl(2): l_type, l_whence, l_start, l_len, l_pid
# What a broker is given of the environment: it serves many builds, and LD_PRELOAD, the locale or
# the settings of the first one would stay in it for all of them.
KEPT = (
    "HOME PATH USER LOGNAME TMPDIR XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_STATE_HOME "
    "DBUS_SESSION_BUS_ADDRESS SLURM_JOB_ID ROCQSHIM_IDLE ROCQSHIM_STATE"
).split()


def contact_started(path: str) -> Contact:
    """Connect to the broker at ``path``, starting it where nobody else is. Raises Unusable.

    One whose socket was removed is still there at its spare address. A lock (``path`` + ".lock")
    lets one of a hundred launchers start it; the others wait. Inside a sandbox nobody can: a
    broker there would neither see cgroups nor outlive the package.
    """
    inside = path == os.environ.get("ROCQSHIM_SHARED")
    patience = RUN_PATIENCE if inside else PATIENCE
    deadline = time.monotonic() + patience
    pause = 0.005
    while time.monotonic() < deadline:
        try:
            return Contact(path) if inside else _found_or_started(path)
        except (OSError, Gone):
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
    if not inside:
        _abandon_lock(path)  # whoever holds it: the next file does not wait for that again
    raise Unusable(f"the broker did not answer in {patience:g} s", DOCTOR)


def _found_or_started(path: str) -> Contact:
    """Raises OSError where somebody else is starting it."""
    found = contact_at(path)
    if found is None:
        make_folder()  # made again if a broker that left has just removed it
        _start_alone(path)
    return found or Contact(path)


def _start_alone(path: str) -> None:
    lock = _open_lock(path + ".lock")
    try:
        # A broker that leaves removes the file: then this lock is worth nothing, and we look again.
        if not _has_taken(lock, path):
            _refuse_stuck(lock, path)
        elif os.fstat(lock).st_nlink and not _answers(path):
            _start(path)
    finally:
        os.close(lock)


def _refuse_stuck(lock: int, path: str) -> None:
    """Take no notice of a lock whose holder was stopped (Ctrl-Z), or is none of us.

    When it goes on, it finds the broker that we have started: only one can have the spare address.
    """
    import fcntl
    import struct

    asked = struct.pack(HOLDER, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    pid = struct.unpack(HOLDER, fcntl.fcntl(lock, fcntl.F_GETLK, asked))[4]
    # 0: it is in another PID namespace, or has just let go of it.
    if pid > 0 and (is_stopped(pid) or not is_ours(pid)) and os.fstat(lock).st_nlink:
        _abandon_lock(path)


def _abandon_lock(path: str) -> None:
    try:
        os.unlink(path + ".lock")
    except OSError:
        pass  # another launcher has just done it


def _open_lock(path: str) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno == 2 and "ROCQSHIM_SOCKET" not in os.environ:
            raise  # the broker that left removed the folder in this moment: looked at again
        raise Unusable(f"{path}: {error.strerror}", PLACE) from None


def _has_taken(lock: int, path: str) -> bool:
    try:
        os.lockf(lock, os.F_TLOCK, 0)  # a POSIX lock: it goes with its process, however that ends
    except (BlockingIOError, PermissionError):
        return False  # EAGAIN or EACCES: another launcher is starting it
    except OSError as error:
        raise Unusable(f"{path}.lock cannot be locked: {error.strerror}", PLACE) from None
    return True


def _answers(path: str) -> bool:
    try:
        Contact(path).close()
    except OSError:
        return False
    return True


def _start(path: str) -> None:
    """Start it and wait until it listens or says why it cannot. Raises Unusable."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        _become_broker(path, writable)
    os.close(writable)
    os.waitpid(child, 0)
    word = _read_word(readable)
    os.close(readable)
    if not word.endswith("ready"):
        why = word.splitlines()[-1] if word else "it ended at once"
        raise Unusable(f"the broker did not start: {why}", DOCTOR)


def _read_word(readable: int) -> str:
    # Ends when the broker closes its end: it does so as soon as it listens, or when it dies.
    os.set_blocking(readable, False)
    deadline = time.monotonic() + PATIENCE
    data = b""
    while time.monotonic() < deadline:
        try:
            part = os.read(readable, 4096)
        except BlockingIOError:
            time.sleep(0.005)
            continue
        if not part:
            return os.fsdecode(data).strip()
        data += part
    return f"it said nothing for {PATIENCE:g} s"


def _become_broker(path: str, writable: int) -> None:
    # Twice forked, so that no build tool waits for it; in its own session, in no folder, and
    # with none of the caller's descriptors: a helper that keeps make's jobserver or the pipe to
    # `tee` open makes them wait for ever.
    try:
        if os.fork():
            os._exit(0)
        os.setsid()
        os.chdir("/")
        # We may be waiting for a child; with these blocked it could not be told to leave.
        _signal.pthread_sigmask(_signal.SIG_SETMASK, ())
        _keep_only(writable)
        environ = {key: value for key, value in os.environ.items() if key in KEPT}
        os.execve(sys.executable, [sys.executable, "-I", SCRIPT, path], environ)
    finally:
        os._exit(126)


def _keep_only(writable: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.dup2(writable, 2)  # its stderr is the word we wait for
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                pass  # the listing's own descriptor
