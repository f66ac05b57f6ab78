"""What a report is made of: one build, as the history has it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rocqshim.history.record import JobRecord
from rocqshim.history.sample import Sample
from rocqshim.history.schema import INTERACTIVE


@dataclass(frozen=True)
class Recorded:
    """One build of one project.

    rows: all attempts that have ended, in the order of their end. samples: in order of time; there
    are none of builds before schema 3. running: more of it is to come. needed: bytes that files
    which ran out of memory needed when they were last compiled well.
    """

    project: str
    root: str
    build: str
    rows: Sequence[JobRecord]
    samples: Sequence[Sample] = field(default_factory=tuple)
    running: bool = False
    needed: Mapping[str, int] = field(default_factory=dict)

    @property
    def _built(self) -> Sequence[JobRecord]:
        """Without what sits in an editor, perhaps for days, unless that is all."""
        return [row for row in self.rows if row.kind != INTERACTIVE] or self.rows

    @property
    def started(self) -> float:
        """Unix time at which the first job was asked for."""
        asked = [row.started - row.waited for row in self._built]
        return min([*asked, *(sample.time for sample in self.samples[:1])], default=0.0)

    @property
    def seconds(self) -> float:
        """From there to the end of the last job, or to the last look at what runs."""
        ended = [row.started + row.wall for row in self._built]
        last = max([*ended, *(sample.time for sample in self.samples[-1:])], default=0.0)
        return max(0.0, last - self.started)

    @property
    def memory_peak(self) -> int | None:
        """Bytes that the slice had at the most; None where nobody looked at it.

        The samples have all that the broker has counted for the build; of one whose broker was
        killed they may have less than its largest job had.
        """
        if not self.samples:
            return None
        held = max(sample.peak or sample.memory for sample in self.samples)
        return max([held, *(row.memory_peak or 0 for row in self.rows)])

    @property
    def cores(self) -> int | None:
        """How many the jobs could use."""
        return self.samples[-1].cores if self.samples else None

    @property
    def memory_max(self) -> int | None:
        """Bytes of the slice, as it was at the end; None: no limit."""
        if self.samples:
            return self.samples[-1].memory_max
        return self.rows[-1].memory_max if self.rows else None
