"""The rest of a build as foreseen a moment ago, so that views that look each second are cheap."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from dataclasses import dataclass, replace

from rocqshim.broker.progress import Progress

SHARE = 50  # foreseeing takes at most 1/50 of the time: 60 ms for 2000 files, each 3 s


@dataclass
class Foreseen:
    """What was foreseen last. at, until: by the monotonic clock; until then it is good enough."""

    progress: Progress | None = None
    at: float = 0.0
    until: float = 0.0

    def now(self, done: Sized, foresee: Callable[[], Progress]) -> Progress:
        """Give the progress at this moment. done: what was compiled until now."""
        began = time.monotonic()
        if self.progress is None or began >= self.until:
            self.progress, self.at = foresee(), began
            self.until = began + SHARE * (time.monotonic() - began)
        left, total = self.progress.left, self.progress.total
        passed = began - self.at
        return replace(
            self.progress,
            done=len(done),
            total=None if total is None else max(total, len(done)),
            left=None if left is None else max(0.0, left - passed),
        )
