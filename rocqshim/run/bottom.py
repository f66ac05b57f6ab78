"""The last line of a terminal kept for us, while a build scrolls in the lines above it.

The scroll region of the terminal (DECSTBM) is set to all lines but the last, as apt does it: what
others write needs no help from us, and is not looked at. Each change is one write, so that it
does not mix with theirs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import termios
from collections.abc import Callable

from rocqshim.top.cells import head_of

LEAST = 4, 20  # lines and columns below which nothing is drawn
SAVE, RESTORE = "\x1b7", "\x1b8"  # cursor and attributes
ALL, TO_END, LINE = "\x1b[r", "\x1b[J", "\x1b[2K"  # region; erase
REGION = b"\x1b[%i%p1%d;%p2%dr"  # terminfo's csr where the terminal speaks as we do


class Bottom:
    """One terminal, by its file descriptor. Nothing is drawn before the first `show`."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._size: tuple[int, int] | None = None  # lines and columns, as the region is set

    def show(self, text_for: Callable[[int], str]) -> None:
        """Fill the last line. text_for: the text for so many columns.

        Raises OSError where the terminal is gone.
        """
        size = _size(self._terminal)
        if size[0] < LEAST[0] or size[1] < LEAST[1] or not _in_front(self._terminal):
            self.leave()
            return
        text = head_of(text_for(size[1]), size[1] - 1)
        entering = _enter(size[0]) if size != self._size else ""
        self._write(f"{entering}{SAVE}\x1b[{size[0]};1H{LINE}{text}{RESTORE}")
        self._size = size

    def leave(self) -> None:
        """Give the whole terminal back. Raises OSError where the terminal is gone."""
        if self._size is None:
            return
        self._size = None
        if _in_front(self._terminal):
            lines = _size(self._terminal)[0]
            self._write(f"{SAVE}{ALL}\x1b[{lines};1H{LINE}{RESTORE}")

    @property
    def is_current(self) -> bool:
        """Whether the terminal has the size for which the region was set."""
        return self._size in (None, _size(self._terminal))

    def _write(self, text: str) -> None:
        # One write: what does not get through at once, because the terminal is stopped, is lost.
        os.write(self._terminal, text.encode(errors="replace"))


def can_be_used(terminal: int) -> bool:
    """Whether it is a terminal with a scroll region that is set as we do it."""
    if not os.isatty(terminal):
        return False
    try:
        import curses
    except ImportError:  # a Python that was built without ncurses
        return False
    try:
        curses.setupterm(fd=terminal)
    except curses.error:
        return False
    return curses.tigetstr("csr") == REGION


def _enter(lines: int) -> str:
    """Make room below the cursor, wherever that is, without moving it sideways, and keep it.

    After a change of size what is below the cursor is our own old line.
    """
    room = f"{SAVE}{ALL}{RESTORE}\x1bD\x1b[A{TO_END}"
    return f"{room}{SAVE}\x1b[1;{lines - 1}r{RESTORE}"


def _size(terminal: int) -> tuple[int, int]:
    found = fcntl.ioctl(terminal, termios.TIOCGWINSZ, b"\0" * 8)
    lines, columns = struct.unpack("HHHH", found)[:2]
    return lines, columns


def _in_front(terminal: int) -> bool:
    """Whether the terminal is ours now: a build in the background does not draw over others."""
    with contextlib.suppress(OSError):  # not the terminal of our session: nobody else's jobs
        return os.tcgetpgrp(terminal) == os.getpgrp()
    return True
