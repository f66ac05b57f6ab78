"""``rocqshim run --progress``: one line about the build, in the last line of the terminal."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Sequence
from types import FrameType

from rocqshim.cli.ask import Answer, NoBroker, ask_of_build
from rocqshim.errors import UserError
from rocqshim.launch.contact import Gone
from rocqshim.outcome import BAD
from rocqshim.run.bottom import Bottom, can_be_used
from rocqshim.settings.size import human_size
from rocqshim.top.cells import bar, short_size, short_time

STDERR = 2
SOON, PERIOD = 0.2, 1.0  # seconds between two questions: before the first job is known, and later
TICK = 0.2  # seconds between two looks
PATIENCE = 2.0  # seconds for an answer
GOODBYE = 1.0  # seconds; a terminal that is stopped (Ctrl-S) does not hold up our end
BAR, LEAST = 30, 8  # columns of the bar, at most and at least
OLD = 5.0  # seconds; an answer that is older is called so
NAME = "rocqshim: "
COUNTED = ("waiting", *BAD)


class ProgressLine:
    """A thread that asks the broker and draws. build: its ROCQSHIM_BUILD.

    It only looks: neither a broker that hangs nor a slow terminal holds up the build.
    """

    def __init__(self, build: str) -> None:
        self._build, self._began = build, time.monotonic()
        self._bottom = Bottom(STDERR)
        self._answer: Answer | None = None
        self._answered = self._began
        self._drawing = threading.Lock()
        self._over = threading.Event()

    def start(self) -> None:
        """Begin. Called after the fork, as a forked thread is a dead one."""
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, self._suspend)
        for run in (self._ask, self._draw):
            threading.Thread(target=run, daemon=True).start()

    def end(self) -> None:
        """The build has ended: the terminal is as it was. May be called twice."""
        self._over.set()
        if self._drawing.acquire(timeout=GOODBYE):
            with contextlib.suppress(OSError):
                self._bottom.leave()
            self._drawing.release()

    def _ask(self) -> None:
        while not self._over.wait(PERIOD if self._is_known() else SOON):
            with contextlib.suppress(NoBroker, UserError, Gone, OSError):
                answers = ask_of_build("progress", self._build, PATIENCE)
                self._answer = max(answers, key=lambda answer: int(answer["builds"]))
                self._answered = time.monotonic()

    def _draw(self) -> None:
        due = 0.0
        while not self._over.wait(TICK):
            with self._drawing, contextlib.suppress(OSError):
                now = time.monotonic()
                if self._has_news() and (now >= due or not self._bottom.is_current):
                    self._bottom.show(self._text)
                    due = now + PERIOD

    def _has_news(self) -> bool:
        return not self._over.is_set() and self._is_known()

    def _is_known(self) -> bool:
        """Whether the broker has told of our build: there is none before its first job."""
        return bool(self._answer and self._answer["builds"])

    def _text(self, columns: int) -> str:
        now = time.monotonic()
        seconds, age = now - self._began, now - self._answered
        return progress_text(self._answer, seconds, age, columns) if self._answer else ""

    def _suspend(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: the shell gets the whole terminal; the next drawing after `fg` sets it again."""
        held = self._drawing.acquire(timeout=GOODBYE)
        try:
            with contextlib.suppress(OSError):
                self._bottom.leave()
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTSTP)  # we stop here
            signal.signal(signal.SIGTSTP, self._suspend)
        finally:
            if held:
                self._drawing.release()


def progress_line(build: str) -> ProgressLine | None:
    """One for stderr, if that is a terminal on which it can be drawn."""
    return ProgressLine(build) if can_be_used(STDERR) else None


def progress_text(answer: Answer, seconds: float, age: float, columns: int) -> str:
    """What is shown. seconds: since the build began. age: of the answer, seconds.

    What says least goes where there is no room for a bar: our name, then what may be seen in top.
    """
    done, total = answer["done"], answer["total"]
    parts = [(f"{done} of {total}+ files" if total else f"{done} files done", 0)]
    parts.append((f"{answer['running']} running", 2))
    parts += [
        (f"{answer[word]} {word}", 3 * (word == "waiting")) for word in COUNTED if answer[word]
    ]
    parts += [("paused", 0)] if answer["paused"] else []
    used, limit = short_size(answer["memory"]), human_size(answer["memory_max"])
    parts.append((f"{used} of {limit}", 1))
    parts.append((f"no answer for {short_time(age)}" if age > OLD else _time(answer, seconds), 0))
    name, least = NAME, LEAST + 1 if total else 0
    while len(name + _joined(parts)) + least >= columns and any(rank for _, rank in parts):
        parts = parts if name else _without(parts)
        name = ""
    free = min(BAR, columns - len(name + _joined(parts)) - 2)
    drawn = f"{bar(free, (done / total, '#'))} " if total and free >= LEAST else ""
    return f"{name}{drawn}{_joined(parts)}"


def _joined(parts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(text for text, _ in parts)


def _without(parts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Without the part of the highest rank; those of 0 stay."""
    highest = max(rank for _, rank in parts)
    return [part for part in parts if part[1] != highest]


def _time(answer: Answer, seconds: float) -> str:
    total, rest = answer["total"], answer["left"]
    known = total and answer["done"] < total and round(rest or 0)  # "0s left" is never true
    return f"{short_time(rest)} left" if known else short_time(seconds)
