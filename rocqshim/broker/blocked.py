"""For how long the queue of a slice was blocked, and by what."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

Seconds = Mapping[str, float]


@dataclass
class Blocked:
    """Seconds by reason (a word of admission.reason), since the broker's start.

    Who waits is behind the first in the queue: why that one waits is why all do.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float | None = None

    def look(self, word: str) -> None:
        """The first in the queue waits for ``word`` now; "" if nobody waits."""
        now = time.monotonic()
        if word and self._since is not None:
            self.seconds[word] = self.seconds.get(word, 0.0) + now - self._since
        self._since = now if word else None


@dataclass(frozen=True)
class Wait:
    """How long a job has waited, in seconds, and why: as the history has it."""

    seconds: float = 0.0
    why: str = "{}"


def why_waited(before: Seconds, after: Seconds, waited: float, first: str) -> str:
    """The seconds of one job's wait by reason, as a JSON object. first: why it had to wait."""
    spent = {word: seconds - before.get(word, 0.0) for word, seconds in after.items()}
    spent = {word: seconds for word, seconds in spent.items() if seconds > 0}
    spent = spent or {first: waited}  # shorter than the time between two looks
    scale = waited / sum(spent.values()) if waited else 0.0
    return json.dumps({word: round(seconds * scale, 3) for word, seconds in spent.items() if word})
