"""The output of a command, shown as it comes and copied to the log, byte for byte."""

from __future__ import annotations

import os
import select
import threading
import time

from rocqshim.launch.stderr import PIECE, bytes_in, is_same, write_all
from rocqshim.run.log import Log

# A daemon that the build leaves behind holds the pipe open for ever. After the command's end
# everything that it wrote is still copied, and what comes within this time.
LINGER = 1.0  # seconds


class Tee:
    """Pipes in place of stdout and stderr, and a thread for each that copies it.

    Where both are the same (one terminal, or 2>&1) they get one pipe, so that the order of what
    was written is kept.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._wake, self._waker = os.pipe()
        self._until = float("inf")
        self._threads: list[threading.Thread] = []
        self._lost: dict[int, str] = {}  # our own streams that take no more, with the reason
        readable, writable = os.pipe()
        self._streams = [(readable, 1)]
        self._writable = [writable, writable]
        if not is_same(1, 2):
            readable, self._writable[1] = os.pipe()
            self._streams.append((readable, 2))

    def take_over(self) -> None:
        """In the child: write into the pipes."""
        for target, writable in zip((1, 2), self._writable, strict=True):
            os.dup2(writable, target)

    def start(self) -> None:
        """Begin to copy. Called after the fork, as a forked thread is a dead one."""
        for writable in set(self._writable):
            os.close(writable)
        for readable, target in self._streams:
            thread = threading.Thread(target=self._copy, args=(readable, target), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """The command has ended: copy what is still in the pipes, and close the log."""
        self._until = time.monotonic() + LINGER
        os.close(self._waker)
        for thread in self._threads:
            thread.join()
        os.close(self._wake)
        self._log.close()

    def notes(self) -> list[str]:
        """What was not shown, and why: a line for each of our streams that could not be written."""
        names = {1: "stdout", 2: "stderr"}
        return [
            f"{names[target]} cannot be written: {why}; from there on the output is only in the log"
            for target, why in self._lost.items()
        ]

    def _copy(self, readable: int, target: int) -> None:
        unread: int | None = None  # bytes that were in the pipe when the command ended
        while unread is None or unread > 0 or time.monotonic() < self._until:
            ended = self._until < float("inf")
            if ended and unread is None:
                unread = bytes_in(readable)
            if not self._is_readable(readable, ended):
                continue
            data = os.read(readable, PIECE)
            if not data or not self._pass_on(data, target):
                break
            unread = unread if unread is None else unread - len(data)
        os.close(readable)

    def _is_readable(self, readable: int, ended: bool) -> bool:
        poll = select.poll()
        poll.register(readable, select.POLLIN)
        if ended:
            rest = max(self._until - time.monotonic(), 0)
            return bool(poll.poll(rest * 1000))
        poll.register(self._wake, select.POLLIN)
        return any(ready == readable for ready, _ in poll.poll())

    def _pass_on(self, data: bytes, target: int) -> bool:
        """Copy; False: nobody reads our own output any more, and the command shall notice it
        by SIGPIPE as it would without us. A full disk is no reader who has left, and the log is
        written on."""
        self._log.write(data)
        try:
            if target not in self._lost:
                write_all(target, data)
        except BrokenPipeError:
            return False
        except OSError as error:
            self._lost[target] = error.strerror or str(error)
        return True
