"""What /proc tells of a process: identity, parent, threads, job; and how to kill it.

Read directly, as psutil takes twice as long and knows neither the image nor the other users'
processes. Sources: proc(5), Documentation/filesystems/proc.rst.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

PROC = "/proc"
GONE = (FileNotFoundError, ProcessLookupError)
# We are short of something: that tells nothing of the process that we wanted to read about.
SHORTAGE = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Process(NamedTuple):
    """One process for all time: its number is used again, number and start time are not.

    start: clock ticks since boot (field 22 of stat).
    """

    pid: int
    start: int


class Facts(NamedTuple):
    """What stat tells. image: equal for processes that share one exec (fork without exec).

    name: of the program (comm), cut after 15 bytes. session: the pid of its leader.
    """

    process: Process
    name: bytes
    parent: int
    session: int
    threads: int
    is_gone: bool  # a zombie: nothing left but its exit status
    image: tuple[bytes, ...] | None
    is_stopped: bool = False  # by a signal (Ctrl-Z), or by who traces it


def all_pids() -> set[int]:
    """Every process that we can see."""
    return {int(name) for name in os.listdir(PROC) if name.isdigit()}


def facts_of(pid: int) -> Facts | None:
    """Read the stat of ``pid``; None when there is no such process."""
    text = read(pid, "stat")
    if not text:
        return None
    # The name in parentheses may hold anything, also ") Z 1": count from the last one.
    end = text.rindex(b")")
    field = text[end + 2 :].split()
    threads = int(field[17])
    # The first thread may have ended (Z) while others run on; those keep the memory.
    is_gone = field[0] in (b"Z", b"X") and threads <= 1
    name, process = text[text.index(b"(") + 1 : end], Process(pid, int(field[19]))
    parent, session, is_stopped = int(field[1]), int(field[3]), field[0] in (b"T", b"t")
    return Facts(process, name, parent, session, threads, is_gone, _image(field), is_stopped)


def are_stopped(pids: Iterable[int]) -> bool:
    """Tell whether some of these processes are there, and all of those are stopped."""
    found = [facts for pid in pids if (facts := facts_of(pid)) and not facts.is_gone]
    return bool(found) and all(facts.is_stopped for facts in found)


def ancestors_of(pid: int) -> Iterator[Facts]:
    """Each process above ``pid``, the nearest first, as far as they can be seen."""
    facts = facts_of(pid) if pid > 0 else None
    while facts is not None and facts.parent > 0:
        parent = facts_of(facts.parent)
        if parent is None or parent.process.start > facts.process.start:
            return  # it has just ended, and its number is another's
        yield parent
        facts = parent


def descends_from(pid: int, ancestors: Collection[int]) -> bool:
    """Tell whether one of ``ancestors`` is the parent of ``pid``, or of a parent of it."""
    return any(each.process.pid in ancestors for each in ancestors_of(pid))


def _image(field: list[bytes]) -> tuple[bytes, ...] | None:
    # startcode, startstack, arg_start, env_start: random for each exec, and copied by fork.
    # 0 or 1 where we may not look (another user's process) or the kernel has none (gVisor).
    if len(field) < 48 or field[25] == b"0":
        return None
    return (field[23], field[25], field[45], field[47])


def job_marker(pid: int, place: str = "") -> str:
    """Give ``SLICE/JOB`` from the environment with which ``pid`` was started, or "".

    Only where it means a job of the broker at ``place`` (its socket): ROCQSHIM_JOB is
    ``SLICE/JOB@PLACE``. Another broker (a test's, another version's) numbers its jobs as we do,
    and root could read every user's environment.
    """
    text = read(pid, "environ")
    if b"ROCQSHIM_JOB=" not in text or not _is_own(pid):
        return ""
    for entry in text.split(b"\0"):
        if entry.startswith(b"ROCQSHIM_JOB="):
            job, _, where = os.fsdecode(entry[len(b"ROCQSHIM_JOB=") :]).partition("@")
            return job if where == place else ""
    return ""


def kill(process: Process) -> None:
    """Send SIGKILL to exactly this process, never to a later one with the same number."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return
    except OSError:  # before Linux 5.3, gVisor
        handle = -1
    try:
        _kill(process, handle)
    except (ProcessLookupError, PermissionError):
        pass  # it has just ended; or it is setuid, and not ours to kill
    finally:
        if handle >= 0:
            os.close(handle)


def _kill(process: Process, handle: int) -> None:
    facts = facts_of(process.pid)
    if facts is None or facts.process != process or process.pid in (1, os.getpid()):
        return
    if handle >= 0:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    else:
        os.kill(process.pid, signal.SIGKILL)


def read(pid: int, name: str) -> bytes:
    """Read a whole file of ``pid`` in /proc; b"" when it is gone or not for us to read."""
    try:
        with open(f"{PROC}/{pid}/{name}", "rb", buffering=0) as file:
            return file.readall()
    except OSError as error:
        if error.errno in SHORTAGE:
            raise
        return b""


def _is_own(pid: int) -> bool:
    try:
        return os.stat(f"{PROC}/{pid}").st_uid == os.geteuid()
    except OSError:
        return False
