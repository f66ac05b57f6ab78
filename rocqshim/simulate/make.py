"""make, as the simulator sees it: asks for a file when all that it needs is done."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from rocqshim.simulate.trace import File


class Make:
    """A ``make -jN``. Files are known by their place in the trace.

    jobs: how many may be asked for and not done, None for any number.
    """

    def __init__(self, files: Sequence[File], jobs: int | None) -> None:
        place = {file.file: number for number, file in enumerate(files)}
        self._users: list[list[int]] = [[] for _ in files]
        self._missing = [len(file.deps) for file in files]
        for number, file in enumerate(files):
            for dep in file.deps:
                self._users[place[dep]].append(number)
        self._ready = [number for number, missing in enumerate(self._missing) if not missing]
        self._jobs, self._out = jobs, 0
        self.stopped = False  # a file has failed: nothing new is asked for

    def ask(self) -> list[int]:
        """The files that make asks for now, in the order of the trace."""
        asked = []
        while self._ready and not self.stopped and (self._jobs is None or self._out < self._jobs):
            asked.append(heapq.heappop(self._ready))
            self._out += 1
        return asked

    def done(self, number: int) -> None:
        """A file is compiled."""
        self._out -= 1
        for user in self._users[number]:
            self._missing[user] -= 1
            if not self._missing[user]:
                heapq.heappush(self._ready, user)

    def failed(self) -> None:
        """A file cannot be compiled: as make without -k, wait for what runs and give up."""
        self._out -= 1
        self.stopped = True
