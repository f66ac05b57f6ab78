"""Files that nobody has compiled yet: from what they load, from their siblings, from all files."""

from __future__ import annotations

import posixpath

from rocqshim.prediction.budget import Budget
from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.prediction.regression import Regression
from rocqshim.prediction.sample import Sample

ENOUGH = 5  # files that must be known before they say something of others
AS_GOOD = 0.9  # of the spread of all peaks: what a source that is to be believed must leave at most
PULL = 3  # files of the whole project that count for each directory
DEFAULT = 2 * 2**30  # bytes, where there is no limit to take a part of
DEFAULT_PART = 4  # of the memory, one such part each
SOURCES = {
    "project": "from {} files of the project.",
    "siblings": "from {} files, by their directories.",
    "regression": "from the size of what it loads, as {} files show.",
}
Key = tuple[str, str]
Centres = dict[str, float]  # for each of SOURCES, what it says in the mean; a part may be missing


class Unseen:
    """Peaks and durations of all files of the project, each file once.

    Each source is judged by how far the peaks were from what it had said before they were known.
    """

    def __init__(self, memory: int | None) -> None:
        self.share(memory)
        self._known: dict[Key, tuple[float, Centres]] = {}  # the peak, and what was said before
        self._ratios: dict[Key, Sample] = {}  # peak over what was said, by source and kind
        self._siblings: dict[Key, Sample] = {}
        self._by_loads: dict[str, Regression] = {}
        self._times: dict[Key, float] = {}
        self._seconds = 0.0
        self._highest = 0.0
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
        old, centres = self._known.get(key) or (None, self._centres(subject))
        if old == peak:
            return
        if old is not None:
            self._count(subject, old, centres, -1)
        self._count(subject, peak, centres, 1)
        self._known[key] = peak, centres
        self.see(peak)

    def see(self, use: float) -> bool:
        """Some job uses so many bytes: a guess out of nothing must not be below that.

        True if such guesses were made, and were.
        """
        was_higher = use > max(self._highest, self._part)
        self._highest = max(self._highest, use)
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
        reason = f"It was never seen: {SOURCES[source].format(len(ratios))}"
        peak = int(centre * ratios.exceeded(self.budget.share))
        return Prediction(peak, self.seconds, source, reason)

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

    def _count(self, subject: Subject, peak: float, centres: Centres, sign: int) -> None:
        for source, centre in centres.items():
            self._of(source, subject.kind).count(peak / centre, sign)
        self._siblings.setdefault(_place(subject), Sample()).count(peak, sign)
        if subject.loads is not None:
            self._by_loads.setdefault(subject.kind, Regression()).add(subject.loads, peak, sign)

    def _of(self, source: str, kind: str) -> Sample:
        return self._ratios.setdefault((source, kind), Sample())

    def _default(self) -> Prediction:
        reason = "Nothing is known yet: a guess, not a measurement."
        return Prediction(int(max(self._part, self._highest)), self.seconds, "default", reason)


def _place(subject: Subject) -> Key:
    return posixpath.dirname(subject.file), subject.kind
