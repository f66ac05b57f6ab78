"""Files that nobody has compiled yet: from what they load, from their siblings, from all files."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from rocqshim.prediction.budget import Budget
from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.prediction.regression import Regression
from rocqshim.prediction.sample import Sample, beyond
from rocqshim.settings.size import human_size

ENOUGH = 5  # files that must be known before they say something of others
AS_GOOD = 0.9  # of the spread of all peaks: what a source that is to be believed must leave at most
PULL = 3  # files of the whole project that count for each directory
DEFAULT = 2 * 2**30  # bytes, where there is no limit to take a part of
DEFAULT_PART = 4  # of the memory, one such part each
SOURCES = {
    "project": "from {} files of the project",
    "siblings": "from {} files, by their directories",
    "regression": "from the size of what it loads, as {} files show",
}
Key = tuple[str, str]
Centres = dict[str, float]  # for each of SOURCES, what it says in the mean; a part may be missing


@dataclass(frozen=True)
class _Known:
    """What is taken for a file: its peak in bytes, and what was said of it before."""

    subject: Subject
    peak: float
    centres: Centres


class Unseen:
    """Peaks and durations of all files of the project, each file once.

    Each source is judged by how far the peaks were from what it had said before they were known.
    """

    def __init__(self, memory: int | None) -> None:
        self.share(memory)
        self._known: dict[Key, _Known] = {}
        self._ratios: dict[Key, Sample] = {}  # peak over what was said, by source and kind
        self._siblings: dict[Key, Sample] = {}
        self._by_loads: dict[str, Regression] = {}
        self._times: dict[Key, float] = {}
        self._seconds = 0.0
        self._used = 0.0  # bytes: the most that a job was seen to use
        self.budget = Budget()

    def share(self, memory: int | None) -> None:
        """The jobs share so many bytes, None without a limit: a first guess is a part of it."""
        self._part = DEFAULT if memory is None else memory // DEFAULT_PART

    def learn(self, record: Record) -> None:
        """Take a complete record with a peak."""
        key = record.subject.file, record.subject.kind
        self.suppose(record.subject, record.peak or 0)
        self._seconds += record.seconds - self._times.get(key, 0.0)
        self._times[key] = record.seconds

    def suppose(self, subject: Subject, peak: float) -> None:
        """Take it that a file needs so many bytes, until more is known of it."""
        key, peak = (subject.file, subject.kind), max(1.0, float(peak))
        before = self._known.get(key)
        centres = before.centres if before else self._centres(subject)
        now = _Known(subject, peak, centres)
        if before == now:
            return
        if before:
            self._count(before, -1)
        self._count(now, 1)
        self._known[key] = now

    def see(self, use: float) -> bool:
        """Some job uses so many bytes: a guess out of nothing must not be below that.

        True if such guesses were made, and were.
        """
        was_higher = use > self._out_of_nothing
        self._used = max(self._used, use)
        return was_higher and len(self._known) < ENOUGH

    def predict(self, subject: Subject) -> Prediction:
        """From the source that was the best so far."""
        said = []
        for source, centre in self._centres(subject).items():
            ratios = self._of(source, subject.kind)
            if len(ratios) >= ENOUGH:
                spread = ratios.spread * (AS_GOOD if source == "project" else 1.0)
                said.append((spread, source, centre, ratios))
        if not said:
            return self._default()
        _, source, centre, ratios = min(said, key=lambda one: one[:2])
        known = SOURCES[source].format(len(ratios))
        peak = centre * ratios.exceeded(self.budget.share)
        return self._guess(source, peak, known, self._of("project", subject.kind))

    def _guess(self, source: str, peak: float, known: str, everyone: Sample) -> Prediction:
        highest = max(self._used, everyone.highest)
        reason = f"It was never seen: {known}; the largest needs {human_size(int(highest))}."
        peak = min(peak, highest * beyond(len(everyone)))
        return Prediction(int(peak), self.seconds, source, reason)

    @property
    def seconds(self) -> float | None:
        """How long a file takes in the mean."""
        return self._seconds / len(self._times) if self._times else None

    def _centres(self, subject: Subject) -> Centres:
        found = {"project": 1.0}
        everyone = self._of("project", subject.kind)
        if siblings := self._siblings.get(_place(subject)):
            found["siblings"] = siblings.pulled(everyone, PULL)
        regression = self._by_loads.get(subject.kind)
        middle = regression.middle(subject.loads or 0) if regression else None
        if middle and subject.loads is not None:
            found["regression"] = middle
        return found

    def _count(self, known: _Known, sign: int) -> None:
        subject, peak = known.subject, known.peak
        for source, centre in known.centres.items():
            self._of(source, subject.kind).count(peak / centre, sign)
        self._siblings.setdefault(_place(subject), Sample()).count(peak, sign)
        if subject.loads is not None:
            self._by_loads.setdefault(subject.kind, Regression()).add(subject.loads, peak, sign)

    def _of(self, source: str, kind: str) -> Sample:
        return self._ratios.setdefault((source, kind), Sample())

    @property
    def _out_of_nothing(self) -> float:
        peaks = [of.highest for (source, _), of in self._ratios.items() if source == "project"]
        return max(self._part, self._used, *peaks)

    def _default(self) -> Prediction:
        reason = "Nothing is known yet: a guess, not a measurement."
        if self._out_of_nothing > self._part:
            reason = "Nothing is known yet: as much as the largest other file had."
        return Prediction(int(self._out_of_nothing), self.seconds, "default", reason)


def _place(subject: Subject) -> Key:
    return posixpath.dirname(subject.file), subject.kind
