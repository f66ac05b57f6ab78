"""The file of the history: opened, brought up to date, set aside if damaged, written.

A write-ahead log with synchronous=NORMAL: no fsync per job (some 40 µs each), and a kill -9 loses
nothing that was recorded; a power cut can lose the last jobs, never the file.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from rocqshim.history.counts import STATE, state_of
from rocqshim.history.place import make_folder
from rocqshim.history.problem import damaged, explained, is_damage, newer
from rocqshim.history.schema import STEPS

OPENING = 5000  # ms to wait for another broker that opens it, or brings it up to date
BUSY = 100  # ms to wait for another writer; the broker's other jobs wait as well
KEPT = 10_000  # statements that wait for a file that cannot be written now
Statement = tuple[str, Sequence[object]]


class Database:
    """The history at ``path``. Nothing here raises: ``problem`` is a sentence and a hint, or None.

    What could not be written is tried again with what is written next, and at the end: a disk is
    mended, a lock let go of, while the broker lives. A problem is forgotten when all is written;
    that of a damaged or a newer file stays, and of what is lost.

    A file that was removed, or replaced, is begun anew. ``kept`` gives what of it is then written
    again, from the connection to the old one.
    """

    does = "written"  # what fails where something does

    def __init__(self, path: str) -> None:
        self.path = os.path.abspath(path)
        self._lasting: str | None = None
        self._passing: str | None = None
        self._db: sqlite3.Connection | None = None
        self._inode = 0, 0  # of the file that is open
        self.kept: Callable[[sqlite3.Connection], list[Statement]] = lambda _: []
        self._unwritten: deque[Statement] = deque(maxlen=KEPT)

    @property
    def problem(self) -> str | None:
        """What went wrong first of what stays, else of what may be mended."""
        return self._lasting or self._passing

    def open(self) -> None:
        """Open or begin the file; a damaged one is set aside first."""
        self._attempt(lambda: self._or_anew(self._open))

    def write(self, statement: str, values: Sequence[object]) -> None:
        """Execute one statement. A damaged file is set aside, and this begins a new one."""
        if len(self._unwritten) == KEPT and self._passing:
            self._say(self._passing)  # for good, as the oldest is lost by this one
        self._unwritten.append((statement, values))
        self._attempt(lambda: self._or_anew(self._write_all))

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement finds; nothing where the file cannot be read."""
        found: list[tuple[Any, ...]] = []

        def read() -> None:
            if db := self._open():
                found.extend(db.execute(statement, list(map(_stored, values))))

        self._attempt(read)
        return [tuple(map(_loaded, row)) for row in found]

    def change(self, statements: Sequence[Statement]) -> int:
        """Execute all of these or none; gives how many rows they took.

        Raises sqlite3.Error, also where somebody else writes; OSError.
        """
        db = self._open()
        if db is None:
            return 0
        before = db.total_changes
        db.execute("BEGIN IMMEDIATE")
        with db:  # commits, or rolls back
            for statement, values in statements:
                db.execute(statement, [_stored(value) for value in values])
        return db.total_changes - before

    def compact(self) -> None:
        """Give the disk back what holds nothing any more. Raises sqlite3.Error, OSError."""
        if db := self._open():
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Write what waits, fold the log into the file and let go of it."""
        if self._unwritten:
            self._attempt(self._write_all)
        self._let_go()

    def _let_go(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
        self._db = None

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except (sqlite3.Error, OSError) as error:
            self._passing = self._passing or explained(self.path, error, self.does)

    def _or_anew(self, action: Callable[[], object]) -> None:
        try:
            action()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._set_aside(error)
            action()

    def _say(self, problem: str) -> None:
        self._lasting = self._lasting or problem

    def _write_all(self) -> None:
        while self._unwritten and (db := self._open()):
            statement, values = self._unwritten[0]
            try:
                db.execute(statement, [_stored(value) for value in values])
            except OverflowError as error:  # a number of more than 63 bits: it never will
                self._say(explained(self.path, error))
            self._unwritten.popleft()
        if not self._unwritten:
            self._passing = None

    def _open(self) -> sqlite3.Connection | None:
        """The connection, made if there is none; None if the file is a newer rocqshim's."""
        if self._db is not None and _inode(self.path) != self._inode:
            self._leave_removed(self._db)
        if self._db is None:
            make_folder(os.path.dirname(self.path))
            with contextlib.ExitStack() as undo:
                # isolation_level=None: each INSERT commits by itself.
                db = sqlite3.connect(self.path, timeout=OPENING / 1000, isolation_level=None)
                undo.callback(db.close)
                if version_of(db) > len(STEPS):
                    self._unwritten.clear()
                    self._say(newer(self.path))
                    return None
                prepare(db)
                db.execute(f"PRAGMA busy_timeout = {BUSY}")
                undo.pop_all()
            self._db, self._inode = db, _inode(self.path)
        return self._db

    def _leave_removed(self, db: sqlite3.Connection) -> None:
        # Closed before the next is opened: SQLite removes the log of the old one by its name.
        with contextlib.suppress(sqlite3.Error):
            self._unwritten.extendleft(reversed(self.kept(db)))
        self._let_go()

    def _set_aside(self, error: sqlite3.Error) -> None:
        self._let_go()
        aside = f"{self.path}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}"
        # The log first: one that is left behind would be taken for the new file's own.
        for ending in ("-shm", "-wal", ""):
            with contextlib.suppress(FileNotFoundError):
                os.rename(self.path + ending, aside + ending)
        self._say(damaged(self.path, aside, error))


def _inode(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def version_of(db: sqlite3.Connection) -> int:
    """Of its tables: how many of STEPS it has."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def prepare(db: sqlite3.Connection) -> None:
    """Have it as we use it, its tables brought up to date."""
    db.create_function(STATE, 2, state_of, deterministic=True)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    if version_of(db) < len(STEPS):
        db.execute("BEGIN IMMEDIATE")
        with db:  # commits, or rolls back
            _migrate(db)


def _migrate(db: sqlite3.Connection) -> None:
    # Asked again, as another broker may have done it while we waited for the lock. The pragma is
    # part of the transaction: the version and the tables come together or not at all.
    for step in STEPS[version_of(db) :]:
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
    try:
        return value.decode(errors="surrogatepass") if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value  # not one that `_stored` has made: no row that has it is whole
