"""The terminal: owned by curses while the view is there, and always given back as it was."""

from __future__ import annotations

import contextlib
import curses
import locale
import os
import select
import signal
from collections.abc import Iterator, Sequence
from types import FrameType, TracebackType
from typing import Any

from rocqshim.errors import UserError
from rocqshim.top.line import Line

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
NOTED = (*ENDING, signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)
ONCE = "Say: rocqshim top --once"
PATTERNS = {  # with colours: a pair's number; without them: an attribute
    "title": (0, curses.A_REVERSE), "head": (0, curses.A_BOLD), "dim": (0, curses.A_DIM),
    "good": (1, curses.A_NORMAL), "warn": (2, curses.A_BOLD), "bad": (3, curses.A_BOLD),
    "selected": (0, curses.A_REVERSE),
}  # fmt: skip
COLOURS = ((1, curses.COLOR_GREEN), (2, curses.COLOR_YELLOW), (3, curses.COLOR_RED))


class Screen:
    """A context: the full screen inside it. ended: the signal that asks us to end, or 0.

    Signals are only noted, and seen to by `keys`: a handler that raised could do so anywhere,
    also in the midst of giving the terminal back.
    """

    def __init__(self) -> None:
        self.ended = 0
        self._noted: set[int] = set()
        self._before: dict[int, Any] = {}
        self._readable, self._waker = os.pipe()
        for end in (self._readable, self._waker):
            os.set_blocking(end, False)

    def __enter__(self) -> Screen:
        """Take the terminal. Raises UserError where there is none that can be used."""
        if not (os.isatty(0) and os.isatty(1)):
            raise UserError("stdin or stdout is no terminal.", ONCE)
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, "")
        try:
            curses.setupterm()
        except curses.error as error:
            name = os.environ.get("TERM", "")
            raise UserError(f"The terminal {name!r} cannot be used: {error}.", ONCE) from None
        if not curses.tigetstr("cup"):
            name = os.environ.get("TERM", "")
            raise UserError(f"The terminal {name!r} has no full screen.", ONCE)
        self._take_signals()
        self._window = curses.initscr()
        try:
            self._set_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the terminal back; it may be gone."""
        with contextlib.suppress(curses.error):
            curses.endwin()
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def wake(self) -> None:
        """End the waiting in `keys`. From any thread."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._waker, b"w")

    def size(self) -> tuple[int, int]:
        """Columns and lines."""
        lines, columns = self._window.getmaxyx()
        return columns, lines

    def draw(self, lines: Sequence[Line]) -> None:
        """Show a frame."""
        self._window.erase()
        for y, entry in enumerate(lines):
            with contextlib.suppress(curses.error):
                self._window.move(y, 0)
                for span in entry:
                    # The last column of the last line is written and then complained about.
                    self._window.addstr(self._shown(span.text), self._attributes[span.style])
        self._window.refresh()

    def keys(self, seconds: float) -> Iterator[str]:
        """Wait for keys, a signal, `wake`, or so long; the names of the keys, without KEY_."""
        poll = select.poll()
        poll.register(0, select.POLLIN)
        poll.register(self._readable, select.POLLIN)
        for ready, event in poll.poll(seconds * 1000):
            if ready == self._readable:
                os.read(self._readable, 4096)
            elif event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                self.ended = signal.SIGHUP  # the window is gone, and SIGHUP was ignored
        self._see_to_signals()
        while not self.ended and (key := self._key()):
            yield key

    def _key(self) -> str:
        try:
            key = self._window.get_wch()
        except curses.error:
            return ""  # none has been pressed
        if isinstance(key, str):
            return key if key != "\0" else " "
        return curses.keyname(key).decode(errors="replace").removeprefix("KEY_")

    def _set_up(self) -> None:
        curses.noecho()
        curses.cbreak()
        self._window.keypad(True)
        self._window.nodelay(True)
        curses.set_escdelay(25)
        with contextlib.suppress(curses.error):  # a terminal that always shows its cursor
            curses.curs_set(0)
        self._attributes = {"": curses.A_NORMAL, **_attributes()}

    def _take_signals(self) -> None:
        for number in NOTED:
            before = signal.getsignal(number)
            if before is signal.SIG_IGN and number != signal.SIGWINCH:
                continue  # nohup, and shells without job control
            self._before[number] = signal.signal(number, self._note)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self._noted.add(number)

    def _see_to_signals(self) -> None:
        noted, self._noted = self._noted, set()
        self.ended = self.ended or next((each for each in ENDING if each in noted), 0)
        if self.ended:
            return
        if signal.SIGTSTP in noted:
            self._suspend()
        if signal.SIGCONT in noted:  # after a SIGSTOP, which nobody can see coming
            curses.endwin()
            self._fresh()
        if signal.SIGWINCH in noted:
            self._fresh()

    def _suspend(self) -> None:
        """Ctrl-Z: the shell gets its terminal back, and we go on where we were."""
        curses.endwin()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)  # to this thread: we stop here
        signal.signal(signal.SIGTSTP, self._note)
        self._fresh()

    def _fresh(self) -> None:
        """Draw everything anew, in the size that the terminal has now."""
        with contextlib.suppress(OSError, curses.error):
            columns, lines = os.get_terminal_size(1)
            curses.resizeterm(max(lines, 1), max(columns, 1))
        self._window.clear()

    def _shown(self, text: str) -> str:
        """What the terminal's encoding has letters for."""
        encoding = self._window.encoding
        return text.encode(encoding, "replace").decode(encoding, "replace").replace("\0", "?")


def _attributes() -> dict[str, int]:
    """What the styles look like. NO_COLOR: https://no-color.org"""
    plain = {style: attribute for style, (_, attribute) in PATTERNS.items()}
    if os.environ.get("NO_COLOR") or not curses.has_colors():
        return plain
    curses.start_color()
    with contextlib.suppress(curses.error):
        curses.use_default_colors()
        for pair, colour in COLOURS:
            curses.init_pair(pair, colour, -1)
    coloured = {
        style: curses.color_pair(pair) if pair else attribute
        for style, (pair, attribute) in PATTERNS.items()
    }
    return {**coloured, "bad": coloured["bad"] | curses.A_BOLD}
