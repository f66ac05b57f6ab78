"""The broker's log: one line for each thing that somebody may ask about later.

A line goes to stderr. Under systemd that is the journal, if its user may read that; else it is a
file in the folder of the history, of a bounded size. Nothing is written for a compile that just
ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Mapping

from rocqshim.cli.crash import write_report
from rocqshim.history.place import default_path, make_folder
from rocqshim.limits import LIMIT_KEYS, Limits, Unenforced, asks_nothing, summarise
from rocqshim.settings.size import human_size

LOG = logging.getLogger("rocqshim")
FILE = "broker.log"
EARLIER = ".1"
LARGEST = 1024 * 1024  # bytes, of each of the two
REPORTS = 5  # of one broker; an error that comes back for each job says nothing new
LINE = 4000  # characters at most; a journal takes 48K
JOURNALS = ("/var/log/journal", "/run/log/journal")  # on disk, in memory
PEOPLE = 1000  # the first uid with a journal of its own
# The journal's own priorities, sd-daemon(3).
PRIORITY = {logging.INFO: "<6>", logging.WARNING: "<4>", logging.ERROR: "<3>"}


def is_journal(environ: Mapping[str, str]) -> bool:
    """Whether the broker with this environment logs to the journal."""
    return "ROCQSHIM_UNIT" in environ and may_read_journal()


def may_read_journal() -> bool:
    """Whether there is a journal of our own, or one of all that we may read.

    journald splits it by user only where it is kept on disk, and only for people (journald.conf,
    SplitMode=); what is in memory only is for root and the groups adm and systemd-journal.
    """
    folders = [f"{root}/{_machine()}" for root in JOURNALS]
    is_split = os.path.isdir(folders[0]) and os.getuid() >= PEOPLE
    return is_split or any(os.access(f"{each}/system.journal", os.R_OK) for each in folders)


def _machine() -> str:
    try:
        with open("/etc/machine-id", encoding="ascii") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def log_path(environ: Mapping[str, str]) -> str:
    """The file of a broker that does not log to the journal."""
    return os.path.join(os.path.dirname(default_path(environ)), FILE)


def open_log(environ: Mapping[str, str]) -> None:
    """Log from now on; without a journal, stderr becomes the file."""
    handler = Journal() if is_journal(environ) else File(log_path(environ))
    logging.getLogger().addHandler(handler)  # asyncio's: an error in a task, a slow one
    LOG.setLevel(logging.INFO)
    logging.raiseExceptions = False


def is_open() -> bool:
    """Whether stderr is a log, and no launcher reads it."""
    return bool(logging.getLogger().handlers)


class Journal(logging.Handler):
    """stderr is the journal, which knows the time and the process."""

    reports = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.write(PRIORITY.get(record.levelno, "<5>") + self.text(record))

    def text(self, record: logging.LogRecord) -> str:
        """What happened, in one line; the traceback of an error goes to a report."""
        said = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None and self.reports < REPORTS:
            self.reports += 1
            error = record.exc_info[1]
            said = f"unexpected error: {said}: {error!r}. {write_report(error)}"
        return " ".join(said.split())[:LINE]

    def write(self, line: str) -> None:
        """A full disk is no reason for anything."""
        with contextlib.suppress(OSError):
            os.write(2, os.fsencode(f"{line}\n"))


class File(Journal):
    """stderr is the file at ``path``; a full one is moved to ``.1``, in place of the last one."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line, with the time and the process."""
        with contextlib.suppress(OSError):
            self._bound()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(record.created))
        self.write(f"{stamp} rocqshim[{os.getpid()}]: {self.text(record)}")

    def _bound(self) -> None:
        if os.fstat(2).st_size >= LARGEST:
            # Brokers of several versions share the file: one of them moves it.
            fcntl.flock(2, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if self._is_there():
                os.replace(self._path, self._path + EARLIER)
        if not self._is_there():
            self._open()

    def _is_there(self) -> bool:
        try:
            found, ours = os.stat(self._path), os.fstat(2)
        except FileNotFoundError:
            return False
        return (found.st_dev, found.st_ino) == (ours.st_dev, ours.st_ino)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            make_folder(os.path.dirname(self._path))  # it may have been removed, too
            file = os.open(self._path, flags, 0o600)
        except OSError:  # the launchers are not to suffer from it
            file = os.open(os.devnull, os.O_WRONLY)
        os.dup2(file, 2)
        os.close(file)


def in_force(limits: Limits, missing: list[Unenforced]) -> str:
    """Limits as the kernel has them, and what is not enforced."""
    values = {key: getattr(limits, key) for key in LIMIT_KEYS}
    said = [
        f"{key.replace('_', '-')} {_text(key, value)}"
        for key, value in values.items()
        if not asks_nothing(key, value)
    ]
    line = ", ".join(said) or "no limits"
    return f"{line}; {summarise(missing)}" if missing else line


def _text(key: str, value: int) -> str:
    if key.startswith("memory"):
        return human_size(value)
    return f"{value}%" if key == "cpu_quota" else str(value)
