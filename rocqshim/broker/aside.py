"""What is read of a project, in a thread beside the loop: a dead file system must hold up nobody.

One thread for each who asks, with its work in order: what hangs there keeps only the rest of that
waiting. It is a daemon's, as nothing can end a thread that waits for a network file system.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

PATIENCE = 10.0  # seconds; a launcher would kill a broker that says nothing for 60
TOO_SLOW = f"cannot be read within {PATIENCE:g} s"


class TooSlow(Exception):
    """It was not done in time; it may be, later."""


class Aside:
    """Work for one thread, which is there as long as there is any."""

    def __init__(self) -> None:
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._lock = threading.Lock()
        self._is_running = self._is_stuck = False

    async def do(self, action: Callable[[], T]) -> T:
        """Give what ``action`` gives, or raise what it raises. Raises TooSlow.

        Whoever comes behind work that was too slow, and is still not done, does not wait for it.
        """
        if self._is_stuck and self._is_running:
            raise TooSlow
        done: Future[T] = Future()
        with self._lock:
            self._work.append((done, action))
            if not self._is_running:
                self._is_running, self._is_stuck = True, False
                threading.Thread(target=self._run, daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(done), PATIENCE)
        except asyncio.TimeoutError:
            self._is_stuck = True
            raise TooSlow from None

    def _run(self) -> None:
        while (work := self._next()) is not None:
            done, action = work
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = action()
            except BaseException as error:
                _tell(done.set_exception, error)
            else:
                _tell(done.set_result, result)
            self._is_stuck = False

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._lock:
            if self._work:
                return self._work.popleft()
            self._is_running = False
            return None


def _tell(answer: Callable[[Any], None], what: object) -> None:
    with contextlib.suppress(Exception):  # given up in this moment, or the loop has ended
        answer(what)
