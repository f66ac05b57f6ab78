"""The log file: opened before anything starts; a full disk ends the log and not the build."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.settings.model import Settings

HINT = "Choose another file: rocqshim run --log FILE -- …"


def log_path(named: str | None, settings: Settings) -> Path | None:
    """``--log`` counts from the current folder, the setting from the project's."""
    chosen = named or settings.log.value
    return Path(chosen) if chosen else None


def log_hint(named: str | None, settings: Settings) -> str:
    """What to do about a log that cannot be opened: it names the setting, where that chose it."""
    return HINT if named else f"Change log ({settings.log.origin}), or say --log FILE."


class Log:
    """An open log. Several streams write to it, each piece of output whole."""

    def __init__(self, path: Path, hint: str = HINT) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            # Not blocking, so that a named pipe that nobody reads is an error and no hang.
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_NOCTTY
            self._file = os.open(path, flags, 0o666)
            os.set_blocking(self._file, True)
        except OSError as error:
            fact = f"The log {path} cannot be opened: {error.strerror}."
            raise UserError(fact, hint) from None

    def write(self, data: bytes) -> None:
        """Append to the file; where that fails, say so once and log no more."""
        with self._lock:
            try:
                while data and self._file >= 0:
                    data = data[os.write(self._file, data) :]
            except OSError as error:
                self._end(f"{self._path}: {error.strerror}; the log ends here")

    def close(self) -> None:
        """Close the file. What comes later is not logged."""
        with self._lock:
            self._end("")

    def _end(self, note: str) -> None:
        if note:
            print(f"rocqshim: {note}", file=sys.stderr, flush=True)
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
