"""The history for a command that only reads it, also where nobody may write."""

from __future__ import annotations

import os
import sqlite3
from urllib.parse import quote

from rocqshim.history.database import Database, prepare, version_of
from rocqshim.history.problem import newer
from rocqshim.history.schema import STEPS


class Reader(Database):
    """As `Database`. In a read-only home, or of another user's file, a copy in memory is read:
    SQLite would write beside the file, and an old one is to be brought up to date."""

    does = "read"

    def open(self) -> None:
        """Open it. A damaged one is set aside where one may write."""
        if self._is_writable():
            super().open()
        else:
            self._attempt(self._open)

    def _open(self) -> sqlite3.Connection | None:
        if self._copy is not None or not self._is_writable():
            return self._copied()
        return super()._open()

    _copy: sqlite3.Connection | None = None

    def _is_writable(self) -> bool:
        folder = os.path.dirname(self.path)
        return all(os.access(place, os.W_OK) for place in (folder, self.path))

    def _copied(self) -> sqlite3.Connection | None:
        if self._copy is None:
            copy = sqlite3.connect(":memory:", isolation_level=None)
            self._copy_to(copy)
            if version_of(copy) > len(STEPS):
                self._say(newer(self.path))
                copy.close()
                return None
            prepare(copy)
            self._copy = copy
        return self._copy

    def _copy_to(self, copy: sqlite3.Connection) -> None:
        # With its log, where SQLite can read that; else as the file is.
        for mode in ("mode=ro", "immutable=1"):
            found = sqlite3.connect(f"file:{quote(self.path)}?{mode}", uri=True)
            try:
                found.backup(copy)
                return
            except sqlite3.OperationalError:
                if mode == "immutable=1":
                    raise
            finally:
                found.close()

    def _let_go(self) -> None:
        super()._let_go()
        if self._copy is not None:
            self._copy.close()
        self._copy = None
