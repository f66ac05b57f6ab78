"""The conversation with the broker, in a thread: a view is never held up by a broker that hangs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from rocqshim.backend.watchdog import slices_left
from rocqshim.cli.ask import Answer, NoBroker, ask, place
from rocqshim.errors import UserError
from rocqshim.launch.contact import Gone
from rocqshim.top.cells import clean
from rocqshim.top.state import Look

PERIOD = 1.0  # seconds between two questions
PATIENCE = 2.0  # seconds for an answer
LEASE = 4.0  # seconds; a pause ends so long after the last word of the view that asked for it
NO_BROKER = "no compiler is running (no broker)"
SAID = 10.0  # seconds for which it is shown what became of a kill
GOODBYE = 1.0  # seconds in which what is paused is resumed at the end


class Asker:
    """Asks each second. on_news: called from the thread after each answer."""

    def __init__(self, on_news: Callable[[], object]) -> None:
        self._on_news = on_news
        self._look, self._at = Look(problem="asking the broker"), time.monotonic()
        self._held: frozenset[str] = frozenset()  # by the broker, as far as we know
        self._wanted: frozenset[str] = frozenset()
        self._kills: list[str] = []
        self._message, self._said = "", float("-inf")
        self._go, self._over = threading.Event(), False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def look(self) -> Look:
        """What was answered last. Raises what went wrong in the thread, if anything did."""
        if self._error:
            raise self._error
        seen, age = self._look, time.monotonic() - self._at
        message = self._message if time.monotonic() - self._said < SAID else ""
        return Look(seen.answer, seen.before, seen.problem, age, message)

    def hold(self, slices: frozenset[str]) -> None:
        """Have the queues of these slices paused, and of no others."""
        if slices != self._wanted:
            self._wanted = slices
            self._go.set()

    def kill(self, job: str) -> None:
        """Have one job killed, SLICE/JOB."""
        self._kills.append(job)
        self._go.set()

    def end(self) -> None:
        """Resume what was paused. Where the broker hangs, the lease ends it soon."""
        self._wanted, self._over = frozenset(), True
        self._go.set()
        if self._held:
            self._thread.join(GOODBYE)

    def _run(self) -> None:
        try:
            while not self._over or self._held:
                self._go.clear()
                self._once()
                self._on_news()
                self._go.wait(PERIOD)
        except Exception as error:  # shown by the view, which else would just stand still
            self._error = error
            self._on_news()

    def _once(self) -> None:
        try:
            self._pause()
            self._kill()
            answer = ask("status", [("all", "1")], PATIENCE)
        except NoBroker:
            self._held = frozenset()  # its pause has ended with it
            self._look, self._at = Look(problem=nobody()), time.monotonic()
        except (UserError, Gone, OSError) as error:
            self._held = self._held if not self._over else frozenset()
            seen, fact = self._look, error.fact if isinstance(error, UserError) else str(error)
            self._look = Look(seen.answer, seen.before, fact)
        else:
            self._look, self._at = Look(answer, self._look.answer), time.monotonic()

    def _pause(self) -> None:
        for name in self._held | self._wanted:
            lease = LEASE if name in self._wanted else 0
            fields = [("all", "1"), ("slice", name), ("seconds", str(lease))]
            ask("pause", fields, PATIENCE)
            self._held = self._held | {name} if lease else self._held - {name}

    def _kill(self) -> None:
        while self._kills:
            job = self._kills.pop(0)
            answer: Answer = ask("kill", [("all", "1"), ("job", job)], PATIENCE)
            files = ", ".join(map(clean, answer["killed"]))
            self._message = f"killed {files}" if files else "it had ended before"
            self._said = time.monotonic()


def nobody() -> str:
    """What runs without a broker: one that was killed is started again by the next launcher."""
    with contextlib.suppress(UserError):
        if left := slices_left(place()):
            return f"no broker is there, but compilers run in {', '.join(left)}"
    return NO_BROKER
