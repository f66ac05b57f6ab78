"""Files that nobody has compiled yet: from what they load, from their siblings, from all files."""

from __future__ import annotations

import posixpath

from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.prediction.regression import Regression
from rocqshim.prediction.sample import Sample

CAUTION = 2.0  # standard deviations above the mean: about one in forty needs more
LEAST_CAUTION, MOST_CAUTION = 1.0, 4.0
TOLERATED = 0.015  # of the guesses may be so wrong that a job is killed
STEP = 0.25  # standard deviations, for each that was
ENOUGH = 5  # files that must be known before they say something of others
DEFAULT = 2 * 2**30  # bytes, where there is no limit to take a part of
DEFAULT_PART = 4  # of the memory, one such part each


class Unseen:
    """Peaks and durations of all files of the project, each file once."""

    def __init__(self, memory: int | None) -> None:
        self._part = DEFAULT if memory is None else memory // DEFAULT_PART
        self._peaks: dict[tuple[str, str], float] = {}
        self._loads: dict[tuple[str, str], int | None] = {}
        self._all: dict[str, Sample] = {}
        self._siblings: dict[tuple[str, str], Sample] = {}
        self._by_loads: dict[str, Regression] = {}
        self._times: dict[tuple[str, str], float] = {}
        self._seconds = 0.0
        self._highest = 0.0
        self._caution = CAUTION

    def learn(self, record: Record) -> None:
        """Take a complete record with a peak."""
        key = record.subject.file, record.subject.kind
        self.suppose(record.subject, record.peak or 0)
        self._seconds += record.seconds - self._times.get(key, 0.0)
        self._times[key] = record.seconds

    def suppose(self, subject: Subject, peak: float) -> None:
        """Take it that a file needs so many bytes, until more is known of it."""
        key, peak = (subject.file, subject.kind), max(1.0, float(peak))
        old = self._peaks.get(key)
        if old == peak:
            return
        for sample in self._samples(subject):
            if old is not None:
                sample.remove(old)
            sample.add(peak)
        self._suppose_loads(key, subject.loads, peak)
        self._peaks[key] = peak
        self.see(peak)

    def see(self, use: float) -> bool:
        """Some job uses so many bytes: a guess out of nothing must not be below that.

        True if such guesses were made, and were.
        """
        was_higher = use > max(self._highest, self._part)
        self._highest = max(self._highest, use)
        return was_higher and len(self._peaks) < ENOUGH

    def guessed_right(self) -> None:
        """A guess has not led to a kill."""
        self._caution = max(LEAST_CAUTION, self._caution - TOLERATED * STEP)

    def guessed_wrong(self) -> None:
        """A job was killed, as a guess was too low."""
        self._caution = min(MOST_CAUTION, self._caution + STEP)

    def _suppose_loads(self, key: tuple[str, str], loads: int | None, peak: float) -> None:
        regression = self._by_loads.setdefault(key[1], Regression())
        old = self._loads.get(key)
        if old is not None:
            regression.add(old, self._peaks[key], -1)
        if loads is not None:
            regression.add(loads, peak)
        self._loads[key] = loads

    def predict(self, subject: Subject) -> Prediction:
        """From the best source that has something to say."""
        candidates = (self._regression, self._from_siblings, self._from_project)
        found = next(filter(None, (source(subject) for source in candidates)), None)
        return found or self._default()

    @property
    def seconds(self) -> float | None:
        """How long a file takes in the mean."""
        return self._seconds / len(self._times) if self._times else None

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
        peak = regression.high(subject.loads, self._caution)
        files = len(regression)
        reason = f"It was never seen: from the size of what it loads, as {files} files show."
        return Prediction(int(peak), self.seconds, "regression", reason)

    def _from_siblings(self, subject: Subject) -> Prediction | None:
        everyone, siblings = self._samples(subject)
        if len(siblings) < ENOUGH or siblings.spread >= everyone.spread:
            return None
        reason = f"It was never seen: from {len(siblings)} files of its directory."
        return Prediction(int(siblings.high(self._caution)), self.seconds, "siblings", reason)

    def _from_project(self, subject: Subject) -> Prediction | None:
        everyone, _ = self._samples(subject)
        if len(everyone) < ENOUGH:
            return None
        reason = f"It was never seen: from {len(everyone)} files of the project."
        return Prediction(int(everyone.high(self._caution)), self.seconds, "project", reason)

    def _default(self) -> Prediction:
        reason = "Nothing is known yet: a guess, not a measurement."
        return Prediction(int(max(self._part, self._highest)), self.seconds, "default", reason)
