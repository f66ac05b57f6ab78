"""Files that nobody has compiled yet: from what they load, from their siblings, from all files."""

from __future__ import annotations

import posixpath

from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.prediction.regression import Regression
from rocqshim.prediction.sample import Sample

CAUTION = 2.0  # standard deviations above the mean: about one in forty needs more
MOST_CAUTION = 4.0
ENOUGH = 5  # files that must be known before they say something of others
DEFAULT = 2 * 2**30  # bytes, where there is no limit to take a part of
DEFAULT_PART = 4  # of the memory, one such part each


class Unseen:
    """Peaks and durations of all files of the project, each file once."""

    def __init__(self, memory: int | None) -> None:
        self._memory = memory
        self._last: dict[tuple[str, str], tuple[float, float]] = {}
        self._all: dict[str, Sample] = {}
        self._siblings: dict[tuple[str, str], Sample] = {}
        self._by_loads: dict[str, Regression] = {}
        self._seconds = 0.0
        self.caution = CAUTION

    def learn(self, record: Record) -> None:
        """Take a complete record with a peak."""
        subject, peak = record.subject, float(max(1, record.peak or 0))
        key = subject.file, subject.kind
        old = self._last.get(key)
        for sample in self._samples(subject):
            if old:
                sample.remove(old[0])
            sample.add(peak)
        if subject.loads is not None and not old:
            self._by_loads.setdefault(subject.kind, Regression()).add(subject.loads, peak)
        self._seconds += record.seconds - (old[1] if old else 0.0)
        self._last[key] = peak, record.seconds

    def predict(self, subject: Subject) -> Prediction:
        """From the best source that has something to say."""
        candidates = (self._regression, self._from_siblings, self._from_project)
        found = next(filter(None, (source(subject) for source in candidates)), None)
        return found or self._default()

    @property
    def seconds(self) -> float | None:
        """How long a file takes in the mean."""
        return self._seconds / len(self._last) if self._last else None

    def _samples(self, subject: Subject) -> tuple[Sample, Sample]:
        place = posixpath.dirname(subject.file), subject.kind
        return (
            self._all.setdefault(subject.kind, Sample()),
            self._siblings.setdefault(place, Sample()),
        )

    def _regression(self, subject: Subject) -> Prediction | None:
        regression = self._by_loads.get(subject.kind)
        if subject.loads is None or regression is None or not regression.tells():
            return None
        peak = regression.high(subject.loads, self.caution)
        files = len(regression)
        reason = f"It was never seen: from the size of what it loads, as {files} files show."
        return Prediction(int(peak), self.seconds, "regression", reason)

    def _from_siblings(self, subject: Subject) -> Prediction | None:
        everyone, siblings = self._samples(subject)
        if len(siblings) < ENOUGH or siblings.spread >= everyone.spread:
            return None
        reason = f"It was never seen: from {len(siblings)} files of its directory."
        return Prediction(int(siblings.high(self.caution)), self.seconds, "siblings", reason)

    def _from_project(self, subject: Subject) -> Prediction | None:
        everyone, _ = self._samples(subject)
        if len(everyone) < ENOUGH:
            return None
        reason = f"It was never seen: from {len(everyone)} files of the project."
        return Prediction(int(everyone.high(self.caution)), self.seconds, "project", reason)

    def _default(self) -> Prediction:
        part = DEFAULT if self._memory is None else self._memory // DEFAULT_PART
        highest = max((peak for peak, _ in self._last.values()), default=0.0)
        reason = "Nothing is known yet: a guess, not a measurement."
        return Prediction(int(max(part, highest)), self.seconds, "default", reason)
