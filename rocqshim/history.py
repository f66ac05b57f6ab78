"""The history: one row for each finished job, in SQLite. It never stands in a build's way.

A write-ahead log with synchronous=NORMAL: no fsync per job (some 40 µs each), and a kill -9 loses
nothing that was recorded; a power cut can lose the last jobs, never the file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import pwd
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

FILE = "history.sqlite3"
BUSY = 100  # ms to wait for another writer; the broker's other jobs wait as well

# One entry for each schema version, in order; never changed once it was released.
STEPS = (
    """
    CREATE TABLE jobs (
        root TEXT, project TEXT, slice TEXT, build TEXT, backend TEXT, file TEXT, kind TEXT,
        compiler TEXT, started REAL, waited REAL, wall REAL, user REAL, system REAL,
        memory_peak INTEGER, swap_peak INTEGER, verdict TEXT, status INTEGER,
        memory_max INTEGER, job_memory_max INTEGER, attempt INTEGER, version TEXT
    );
    CREATE INDEX jobs_by_build ON jobs (build);
    """,
)


@dataclass(frozen=True)
class JobRecord:
    """One finished job. Times are seconds, memory is bytes, None is unknown or no limit.

    root, project, slice, build, backend: where it ran. started: Unix time. waited: in the queue.
    verdict: a word of verdict.py. status: wait status. attempt: 1 for the first. version: of
    rocqshim. The names and their order are the table's.
    """

    root: str
    project: str
    slice: str
    build: str
    backend: str
    file: str
    kind: str
    compiler: str
    started: float
    waited: float
    wall: float
    user: float | None
    system: float | None
    memory_peak: int | None
    swap_peak: int | None
    verdict: str
    status: int | None
    memory_max: int | None
    job_memory_max: int | None
    attempt: int
    version: str


_NAMES = tuple(field.name for field in fields(JobRecord))
_INSERT = f"INSERT INTO jobs ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"
_SELECT = f"SELECT {', '.join(_NAMES)} FROM jobs WHERE build = ? ORDER BY rowid"


def default_path(environ: Mapping[str, str]) -> str:
    """``$ROCQSHIM_STATE/history.sqlite3``, else below ``$XDG_STATE_HOME/rocqshim``."""
    if folder := environ.get("ROCQSHIM_STATE"):
        return os.path.join(folder, FILE)
    state = environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(state):  # the specification has relative ones ignored
        state = os.path.join(environ.get("HOME") or _home(), ".local", "state")
    return os.path.join(state, "rocqshim", FILE)


def _home() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return "/nonexistent"  # a container's bare uid; opening it says so


class History:
    """The history at ``path``. Nothing here raises: ``problem`` is a sentence and a hint, or None.

    It is set at the first failure and stays. Each job is tried all the same, as a full disk may
    be mended while the broker lives.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.problem: str | None = None
        self._db: sqlite3.Connection | None = None

    @classmethod
    def open(cls, path: str) -> History:
        """Open or begin the history at ``path``; a damaged one is set aside first."""
        history = cls(os.path.abspath(path))
        history._attempt(lambda: history._or_anew(history._open))
        return history

    def record(self, job: JobRecord) -> None:
        """Add one job. A damaged history is set aside and the job begins a new one."""
        self._attempt(lambda: self._or_anew(lambda: self._insert(job)))

    def jobs_of_build(self, build: str) -> list[JobRecord]:
        """Read the jobs of one build, in the order in which they ended."""
        found: list[JobRecord] = []
        self._attempt(lambda: found.extend(self._select(build)))
        return found

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except (sqlite3.Error, OSError, OverflowError) as error:
            self._say(_explained(self.path, error))

    def _or_anew(self, action: Callable[[], object]) -> None:
        try:
            action()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._set_aside(error)
            action()

    def _say(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _insert(self, job: JobRecord) -> None:
        if db := self._open():
            db.execute(_INSERT, [_stored(value) for value in astuple(job)])

    def _select(self, build: str) -> list[JobRecord]:
        db = self._open()
        rows = db.execute(_SELECT, [_stored(build)]) if db else []
        return [JobRecord(*map(_loaded, row)) for row in rows]

    def _open(self) -> sqlite3.Connection | None:
        """The connection, made if there is none; None if the file is a newer rocqshim's."""
        if self._db is None:
            _make_folder(os.path.dirname(self.path))
            with contextlib.ExitStack() as undo:
                # isolation_level=None: each INSERT commits by itself.
                db = sqlite3.connect(self.path, timeout=BUSY / 1000, isolation_level=None)
                undo.callback(db.close)
                if _version(db) > len(STEPS):
                    self._say(_newer(self.path))
                    return None
                _prepare(db)
                undo.pop_all()
            self._db = db
        return self._db

    def _set_aside(self, error: sqlite3.Error) -> None:
        self.close()
        aside = f"{self.path}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}"
        # The log first: one that is left behind would be taken for the new file's own.
        for ending in ("-shm", "-wal", ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.path + ending, aside + ending)
        self._say(
            f"The history {self.path} was damaged ({error}) and a new one begun. "
            f"The old one is {aside}; remove it if you do not need it."
        )


def _make_folder(path: str) -> None:
    """Make ``.local/state/rocqshim`` in the home, never a home: /nonexistent must stay so."""
    above = os.path.dirname(os.path.dirname(os.path.dirname(path)))
    if not os.path.isdir(above):
        raise FileNotFoundError(errno.ENOENT, f"there is no directory {above}")
    os.makedirs(path, mode=0o700, exist_ok=True)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if _version(db) < len(STEPS):
        db.execute("BEGIN IMMEDIATE")
        with db:  # commits, or rolls back
            _migrate(db)


def _migrate(db: sqlite3.Connection) -> None:
    # Asked again, as another broker may have done it while we waited for the lock. The pragma is
    # part of the transaction: the version and the tables come together or not at all.
    for step in STEPS[_version(db) :]:
        for statement in filter(str.strip, step.split(";")):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {len(STEPS)}")


def _stored(value: object) -> object:
    """File names may hold bytes that are no UTF-8 (surrogates); SQLite keeps those as a blob."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode(errors="surrogatepass")
    return value


def _loaded(value: Any) -> Any:  # noqa: ANN401 (what sqlite3 gives, and JobRecord takes)
    return value.decode(errors="surrogatepass") if isinstance(value, bytes) else value


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    text = str(error)  # Python has the error's number from 3.11 on only
    return "malformed" in text or "not a database" in text


def _newer(path: str) -> str:
    return (
        f"The history {path} was written by a newer rocqshim, so this one records nothing. "
        "Upgrade this rocqshim, or set ROCQSHIM_STATE to another directory."
    )


_HINTS = {
    "full": "Make room on that file system.",
    "locked": "Close the program that has it open for writing (fuser names it).",
}
_HINT = "Make the directory writable, or set ROCQSHIM_STATE to another one."


def _explained(path: str, error: Exception) -> str:
    text = str(error)
    hint = next((hint for word, hint in _HINTS.items() if word in text), _HINT)
    return f"The history {path} cannot be written: {text}. {hint}"
