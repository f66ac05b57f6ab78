"""A process that says nothing: whether it was stopped or frozen, and its end if it is a broker.

Off the usual path: imported only when nothing was heard for a second.
"""

import os
import select

from rocqshim.launch.contact import Contact
from rocqshim.launch.place import DOCTOR, Unusable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal  # typeshed has no stub of the C module
else:
    import _signal

GONE_WITHIN = 1.0  # seconds for a process that was killed
CGROUPS = ("/sys/fs/cgroup", "/sys/fs/cgroup/unified")  # where v2 is, alone or beside v1
OURS = (b"/rocqshim/launch/_start.py", b"/rocqshim/broker/_start.py", b"/rocqshim")


def is_stopped(pid: int) -> bool:
    """Whether ``pid`` was stopped (SIGSTOP, Ctrl-Z) or its cgroup frozen: it will say nothing.

    No, where it cannot be seen. A process that a debugger holds (``t``) is no stopped one.
    """
    state = read(pid, "stat").rpartition(b") ")[2][:1]
    return state == b"T" or any(map(_is_frozen, read(pid, "cgroup").splitlines()))


def _is_frozen(line: bytes) -> bool:
    """line: ``ID:CONTROLLERS:PATH`` of /proc/PID/cgroup."""
    _, controllers, path = os.fsdecode(line).split(":", 2)
    if controllers == "freezer":  # cgroup v1
        return b"FROZEN" in _read(f"/sys/fs/cgroup/freezer{path}/freezer.state")
    events = [_read(f"{root}{path}/cgroup.events") for root in CGROUPS if not controllers]
    return any(b"frozen 1" in text.splitlines() for text in events)


def is_ours(pid: int) -> bool:
    """Whether ``pid`` is a launcher, a broker or a ``rocqshim``, as far as it can be seen."""
    return any(word.endswith(OURS) for word in read(pid, "cmdline").split(b"\0"))


def read(pid: int, name: str) -> bytes:
    """Read a file of ``pid`` in /proc; b"" where there is none to be seen."""
    return _read(f"/proc/{pid}/{name}")


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def end_broker(contact: Contact, fact: str) -> None:
    """Kill the broker at the other end of ``contact``: the next one takes its jobs over.

    Without that every file of a build would wait for it. Raises Unusable where it is no broker of
    ours, or in another PID namespace (pid 0). fact: what it does not do.
    """
    handle = _handle(contact.pid)
    try:
        # It is the same process still: the number cannot be another's by now.
        if contact.is_open() or _listens(contact):
            _kill(contact, handle, fact)
    finally:
        if handle >= 0:
            os.close(handle)


def _listens(contact: Contact) -> bool:
    """Whether the process that has closed this connection is still there to accept others."""
    try:
        again = Contact(contact.path)
    except (OSError, Unusable):
        return False
    again.close()
    return again.pid == contact.pid


def _handle(pid: int) -> int:
    """Its pidfd; -1 without one (before Linux 5.3, gVisor, pid 0)."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return -1


def _kill(contact: Contact, handle: int, fact: str) -> None:
    command = read(contact.pid, "cmdline")
    if not command and contact.pid:
        return  # somebody else has just done it
    if b"/rocqshim/broker/_start.py\0" not in command:
        raise Unusable(fact, DOCTOR)
    try:
        _send_kill(contact.pid, handle)
    except PermissionError:  # root's, which serves everybody
        raise Unusable(fact, DOCTOR) from None
    # In a frozen cgroup v1 it dies when it is thawed: it will not run again, but has the socket.
    if not _has_ended(handle) and contact.path.startswith("/") and _listens(contact):
        try:
            os.unlink(contact.path)
        except OSError:
            pass  # another launcher has just done it


def _send_kill(pid: int, handle: int) -> None:
    if handle < 0:
        os.kill(pid, _signal.SIGKILL)
    else:
        _signal.pidfd_send_signal(handle, _signal.SIGKILL)


def _has_ended(handle: int) -> bool:
    return handle >= 0 and bool(select.select([handle], [], [], GONE_WITHIN)[0])
