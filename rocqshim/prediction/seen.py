"""Files that have been compiled before: their own records say what they need."""

from __future__ import annotations

from collections import deque

from rocqshim.prediction.model import Prediction, Record, Subject
from rocqshim.prediction.sample import Sample

RECENT = 8  # records of one file that count
MARGIN = 0.01  # repeat runs of an unchanged file differ by less
SETTLED = 2.0  # seconds; the watchdog sees of a shorter run whatever its looks fell upon
REPEATS = 3  # how often a project must have been seen to repeat before its own spread is taken
HIGH = 1.25  # times the highest of the recent peaks, for a file that was changed
Key = tuple[str, str]


class Seen:
    """The recent records of each file and kind."""

    def __init__(self) -> None:
        self._records: dict[Key, deque[Record]] = {}
        self._repeats = Sample()  # how far the peaks of unchanged files went up, as 1 + share

    def __len__(self) -> int:
        return len(self._records)

    def learn(self, record: Record) -> None:
        """Take a complete record with a peak, oldest first."""
        records = self._records.setdefault(_key(record.subject), deque(maxlen=RECENT))
        if records and record.peak and _is_repeat(records[-1], record):
            self._repeats.add(max(1.0, record.peak / (records[-1].peak or 1)))
        records.append(record)

    def last(self, subject: Subject) -> Record | None:
        """The last record of this file and kind."""
        records = self._records.get(_key(subject))
        return records[-1] if records else None

    def seconds(self, file: str) -> float | None:
        """How long the last run took, of the kind ``vo``; None if there was none."""
        records = self._records.get((file, "vo"))
        return records[-1].seconds if records else None

    def unchanged(self, file: str) -> Prediction | None:
        """From the last run of the kind ``vo``, taken to be unchanged; None if there was none."""
        records = self._records.get((file, "vo"))
        return self._unchanged(records) if records else None

    @property
    def margin(self) -> float:
        """The share by which the peak of an unchanged file may go up.

        Where nothing was seen to repeat, MARGIN; else what the repeats have shown.
        """
        if len(self._repeats) < REPEATS:
            return MARGIN
        return self._repeats.quantile(0.99) - 1.0

    def predict(self, subject: Subject) -> Prediction | None:
        """From the file's own records; None if there are none."""
        records = self._records.get(_key(subject))
        if not records:
            return None
        if _is_same(records[-1].subject, subject):
            return self._unchanged(records)
        return _changed(records)

    def _unchanged(self, records: deque[Record]) -> Prediction:
        last = records[-1]
        peak = int((last.peak or 0) * (1 + self.margin))
        reason = f"It is unchanged: its last peak and {100 * self.margin:.1f} % more."
        return Prediction(peak, last.seconds, "unchanged", reason)


def _changed(records: deque[Record]) -> Prediction:
    peak = int(HIGH * max(record.peak or 0 for record in records))
    seconds = sorted(record.seconds for record in records)[len(records) // 2]
    runs = f"its last {len(records)} runs" if len(records) > 1 else "its last run"
    reason = f"It has changed: the highest peak of {runs} and a quarter more."
    return Prediction(peak, seconds, "changed", reason)


def _is_repeat(before: Record, record: Record) -> bool:
    is_long = min(before.seconds, record.seconds) >= SETTLED
    return is_long and _is_same(before.subject, record.subject)


def _key(subject: Subject) -> Key:
    return subject.file, subject.kind


def _is_same(one: Subject, other: Subject) -> bool:
    return (one.digest, one.compiler, one.lean) == (other.digest, other.compiler, other.lean)
