"""A pseudo terminal with a session of its own on it: what a person types, and what is shown."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Sequence

from .processes import PATIENCE


class Terminal:
    """A program that was started on a terminal of its own, as its session's leader."""

    def __init__(self, command: Sequence[str | bytes], env: dict[str, str], cwd: str) -> None:
        self.shown = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            try:
                os.chdir(cwd)
                os.execvpe(command[0], list(command), env)
            finally:
                os._exit(99)

    def type(self, keys: bytes) -> None:
        """Type ``keys``; b"\\x03" is Ctrl-C."""
        os.write(self._master, keys)

    def wait_for(self, text: bytes) -> None:
        """Wait until ``text`` is shown; forgets what was shown up to there."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < deadline, f"{text!r} is not in {self.shown!r}"
            self._read(0.1)
        self.shown = self.shown.partition(text)[2]

    def end(self) -> int:
        """Wait for the end; gives the status as subprocess does, negative for a signal."""
        deadline = time.monotonic() + PATIENCE
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        while not pid:
            assert time.monotonic() < deadline, f"does not end; it showed {self.shown!r}"
            self._read(0.05)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        self._read(0)
        os.close(self._master)
        return os.waitstatus_to_exitcode(status)

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed."""
        os.close(self._master)

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            try:
                self.shown += os.read(self._master, 65536)
            except OSError:  # EIO: nobody has the other end open any more
                time.sleep(seconds)
