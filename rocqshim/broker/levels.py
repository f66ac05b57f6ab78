"""The counters above a job as they were at its start, as text that its launcher keeps.

They outlive the broker with it. A broker that adopts the job would otherwise have to take an old
kill in rocq.slice for the reason of a new one above it (seen on Linux 7.2, where a limit above
ours had taken the broker as well).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rocqshim.backend import Level

LINE = re.compile(r"([0-9]{1,18}) (.+)")


def as_text(levels: Iterable[Level]) -> str:
    """A line for each cgroup that counts: the counter, a space, the name."""
    return "\n".join(f"{level.oom} {level.name}" for level in levels if level.oom is not None)


def levels_in(text: str) -> tuple[Level, ...]:
    """What `as_text` wrote; a line that is none of its own is left out."""
    found = filter(None, map(LINE.fullmatch, text.split("\n")))
    return tuple(Level(line[2], int(line[1])) for line in found)
