"""The history: one row for each finished attempt of a job, in SQLite.

It never stands in a build's way.

A write-ahead log with synchronous=NORMAL: no fsync per job (some 40 µs each), and a kill -9 loses
nothing that was recorded; a power cut can lose the last jobs, never the file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from typing import Any

from rocqshim.history.place import FILE, default_path, make_folder
from rocqshim.history.problem import damaged, explained, is_damage, newer
from rocqshim.history.record import JobRecord
from rocqshim.history.schema import STEPS

__all__ = ["FILE", "STEPS", "BuildRow", "History", "JobRecord", "default_path"]

BUSY = 100  # ms to wait for another writer; the broker's other jobs wait as well

_NAMES = tuple(field.name for field in fields(JobRecord))
_INSERT = f"INSERT INTO jobs ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))})"
_SELECT = f"SELECT {', '.join(_NAMES)} FROM jobs"
_BUILDS = (
    "SELECT build, min(started), max(started + wall), count(*), sum(attempt > 1), "
    "sum(verdict NOT IN ('success', 'exit-code')) "
    "FROM jobs WHERE root = ? GROUP BY build ORDER BY min(started) DESC LIMIT ?"
)


@dataclass(frozen=True)
class BuildRow:
    """One build of a project. started, ended: Unix time; the rest counts attempts of jobs."""

    build: str
    started: float
    ended: float
    jobs: int
    repeated: int
    killed: int


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
        return self._jobs("WHERE build = ? ORDER BY rowid", build)

    def jobs_of_file(self, root: str, file: str, kind: str, limit: int) -> list[JobRecord]:
        """Read the last ``limit`` attempts at one file of the project ``root``, newest first."""
        where = "WHERE root = ? AND file = ? AND kind = ? ORDER BY started DESC LIMIT ?"
        return self._jobs(where, root, file, kind, limit)

    def jobs_of_project(self, root: str, limit: int) -> list[JobRecord]:
        """Read the last ``limit`` attempts in the project ``root``, newest first."""
        return self._jobs("WHERE root = ? ORDER BY started DESC LIMIT ?", root, limit)

    def builds(self, root: str, limit: int) -> list[BuildRow]:
        """List the last ``limit`` builds of the project ``root``, newest first."""
        rows = self._rows(_BUILDS, root, limit)
        return [BuildRow(*map(_loaded, row)) for row in rows]

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
            self._say(explained(self.path, error))

    def _or_anew(self, action: Callable[[], object]) -> None:
        try:
            action()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._set_aside(error)
            action()

    def _say(self, problem: str) -> None:
        self.problem = self.problem or problem

    def _insert(self, job: JobRecord) -> None:
        if db := self._open():
            db.execute(_INSERT, [_stored(value) for value in astuple(job)])

    def _jobs(self, where: str, *values: object) -> list[JobRecord]:
        rows = self._rows(f"{_SELECT} {where}", *values)
        return [JobRecord(*map(_loaded, row)) for row in rows]

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []

        def read() -> None:
            if db := self._open():
                found.extend(db.execute(statement, list(map(_stored, values))))

        self._attempt(read)
        return found

    def _open(self) -> sqlite3.Connection | None:
        """The connection, made if there is none; None if the file is a newer rocqshim's."""
        if self._db is None:
            make_folder(os.path.dirname(self.path))
            with contextlib.ExitStack() as undo:
                # isolation_level=None: each INSERT commits by itself.
                db = sqlite3.connect(self.path, timeout=BUSY / 1000, isolation_level=None)
                undo.callback(db.close)
                if _version(db) > len(STEPS):
                    self._say(newer(self.path))
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
        self._say(damaged(self.path, aside, error))


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
