"""Starting the broker on demand. Off the usual path: imported only when none answers."""

import os
import sys
import time

from rocqshim.launch.contact import Contact, Gone
from rocqshim.launch.place import DOCTOR, Unusable, make_folder, seconds

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


def end_silent(pid: int, fact: str) -> None:
    """Kill the broker ``pid``, which says nothing: the next one takes its jobs over.

    Without that every file of a build would wait for it. Raises Unusable where it is no broker of
    ours, or in another PID namespace (pid 0).
    """
    command = _command(pid) if pid else b"not to be seen"
    if b"/rocqshim/broker/_start.py\0" in command:
        os.kill(pid, _signal.SIGKILL)
    elif command:  # if not, somebody else has just done it
        raise Unusable(fact, DOCTOR)


def _command(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def contact_started(path: str) -> Contact:
    """Connect to the broker at ``path``, starting it where nobody else is. Raises Unusable.

    A lock (``path`` + ".lock") lets one of a hundred launchers start it; the others wait. Inside
    a sandbox nobody can: a broker there would neither see cgroups nor outlive the package.
    """
    inside = path == os.environ.get("ROCQSHIM_SHARED")
    patience = RUN_PATIENCE if inside else PATIENCE
    deadline = time.monotonic() + patience
    pause = 0.005
    while time.monotonic() < deadline:
        try:
            if not inside:
                make_folder()  # made again if a broker that left has just removed it
                _start_alone(path)
            return Contact(path)
        except (OSError, Gone):
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)
    raise Unusable(f"the broker did not answer in {patience:g} s", DOCTOR)


def _start_alone(path: str) -> None:
    lock = _open_lock(path + ".lock")
    try:
        # A broker that leaves removes the file: then this lock is worth nothing, and we look again.
        if _has_taken(lock, path) and os.fstat(lock).st_nlink and not _answers(path):
            _start(path)
    finally:
        os.close(lock)


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
        environ = {key: value for key, value in os.environ.items() if _is_brokers(key)}
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


def _is_brokers(key: str) -> bool:
    # One broker serves many builds: nothing of the first one's settings or make may stay in it.
    kept = ("ROCQSHIM_IDLE", "ROCQSHIM_STATE")
    return key in kept or not key.startswith(("ROCQSHIM_", "MAKE", "MFLAGS", "SLURM_STEP"))
