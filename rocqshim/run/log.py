"""The log file: opened before anything starts; a full disk ends the log and not the build."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.run.rotate import open_log
from rocqshim.settings.model import Settings

HINT = "Choose another file: rocqshim run --log FILE -- …"
LOGGED = "ROCQSHIM_LOGGED"  # the logs that are written by the runs around a run


def log_path(named: str | None, settings: Settings) -> Path | None:
    """``--log`` counts from the current folder, the setting from the project's."""
    chosen = named or settings.log.value
    return Path(chosen) if chosen else None


def log_of_run(named: str | None, settings: Settings, environ: dict[str, str]) -> Log | None:
    """Open the log, and tell runs within this one of it by ``environ``. Raises UserError.

    A run within a run rotates nothing, and leaves the log of the one around it to that.
    """
    path = log_path(named, settings)
    if path is None:
        return None
    above, target = environ.get(LOGGED), os.path.realpath(path)
    if above is not None and target in above.split(":"):
        return None
    is_nested = above is not None or "ROCQSHIM_ROOT" in environ
    log = Log(path, _hint(named, settings), settings.log_keep.value, rotate=not is_nested)
    environ[LOGGED] = f"{above}:{target}" if above else target
    return log


def _hint(named: str | None, settings: Settings) -> str:
    """It names the setting, where that chose the log."""
    return HINT if named else f"Change log ({settings.log.origin}), or say --log FILE."


class Log:
    """An open log. Several streams write to it, each piece of output whole."""

    def __init__(self, path: Path, hint: str = HINT, keep: int = 0, rotate: bool = True) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self._file = open_log(os.fspath(path), keep, rotate)
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
