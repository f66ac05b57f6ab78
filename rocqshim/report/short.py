"""Files that ran out of memory for good: what they had, and what they need. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rocqshim.cli.show import one_line
from rocqshim.history.record import JobRecord
from rocqshim.history.trace import COMPILED
from rocqshim.settings.size import human_size
from rocqshim.simulate.build import LEAN_SAVES
from rocqshim.verdict import OUT_OF_MEMORY


@dataclass(frozen=True)
class Short:
    """A file whose last attempt ran out of memory.

    row: that attempt. had: bytes that any of them had at the most. needed: bytes that it needed in
    another build, where that is more; None where no other build compiled it.
    """

    row: JobRecord
    had: int
    seconds: float
    needed: int | None = None

    @property
    def is_own(self) -> bool:
        """It was at its own job-memory-max: more for the slice changes nothing."""
        return self.row.verdict == "oom-job"

    @property
    def peak(self) -> int:
        """Bytes that it needs at least, as the simulator takes it, with the usual heap."""
        if self.needed:
            return self.needed
        limit = (self.row.job_memory_max if self.is_own else self.row.memory_max) or 0
        if not self.row.lean and self.had < limit:
            return self.had + 1  # others had the rest: alone it may fit
        least = max(self.had, limit) + 1  # it did not fit, and is not said to with a small heap
        return min(2 * least, least + LEAN_SAVES)


def short_of_memory(rows: Sequence[JobRecord], needed: Mapping[str, int]) -> list[Short]:
    """Those of a build. rows: its attempts, in the order of their end; needed: see `Short`."""
    attempts: dict[str, list[JobRecord]] = {}
    for row in (row for row in rows if row.kind in COMPILED):
        attempts.setdefault(row.file, []).append(row)
    ends = [made for made in attempts.values() if made[-1].verdict in OUT_OF_MEMORY]
    return [_short(made, needed.get(made[-1].file)) for made in ends]


def _short(attempts: Sequence[JobRecord], needed: int | None) -> Short:
    had = max(row.anon_peak or row.memory_peak or 0 for row in attempts)
    seconds = max(0.0, *(row.wall for row in attempts))
    return Short(attempts[-1], had, seconds, needed if needed and needed > had else None)


def entry(short: Short) -> dict[str, Any]:
    """As the document has it."""
    limit = "job-memory-max" if short.is_own else "memory-max"
    return {"file": short.row.file, "had": short.had, "needed": short.needed, "limit": limit}


def sentence(found: dict[str, Any]) -> str:
    """``Big.v needs more than 1.4G: it had that when it was killed.`` of an `entry`."""
    name, had = one_line(found["file"]), human_size(found["had"])
    if found["needed"] is None:
        return f"{name} needs more than {had}: it had that when it was killed."
    return f"{name} had {had} when it was killed; it needed {human_size(found['needed'])} before."


def condition(change: dict[str, Any]) -> str:
    """``if Big.v needs no more``: of a change, nothing where all is known."""
    names = ", ".join(map(one_line, change["unproven"]))
    return f"if {names} needs no more" if names else ""
