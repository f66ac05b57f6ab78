"""What is known of a project's files, kept so that a prediction costs microseconds."""

from __future__ import annotations

from dataclasses import replace

from rocqshim.prediction.budget import Budget
from rocqshim.prediction.growth import BEYOND, Course, Growth
from rocqshim.prediction.model import GUESSES, MEASURED, Prediction, Record, Subject
from rocqshim.prediction.seen import Seen
from rocqshim.prediction.unseen import Unseen


class Learned:
    """Learns from records, oldest first; predicts.

    memory: bytes that jobs share, None if there is no limit. machine: bytes that it has, None if
    that is not known. A job is never promised more than it could get.
    """

    def __init__(self, memory: int | None = None, machine: int | None = None) -> None:
        self._seen = Seen()
        self._unseen = Unseen(memory)
        self.share(memory, machine)
        self._growth = Growth()
        self._least: dict[tuple[str, str], int] = {}

    def share(self, memory: int | None, machine: int | None = None) -> None:
        """The jobs share so many bytes from now on, None without a limit."""
        self._unseen.share(memory)
        self.most = min((limit for limit in (memory, machine) if limit is not None), default=None)

    def learn(self, record: Record) -> None:
        """A job has ended, in an earlier build or in this one."""
        if not record.complete or not record.peak:
            return
        self._seen.learn(record)
        self._unseen.learn(record)
        self._growth.learn(record)
        self._least.pop((record.subject.file, record.subject.kind), None)

    @property
    def budget(self) -> Budget:
        """How many guesses may be too low."""
        return self._unseen.budget

    def has_guessed(self, prediction: Prediction) -> None:
        """A job has ended; this had been predicted. To be told before ``learn``."""
        self.budget.guessed += prediction.source in GUESSES

    def expect(self, files: int, jobs: int) -> None:
        """The build has so many files, and so many jobs have asked and not ended."""
        self.budget.open = max(files - len(self._seen), jobs)

    def seconds(self, file: str) -> float | None:
        """How long a file (kind ``vo``) is likely to take; None if nothing is known at all."""
        last = self._seen.seconds(file)
        return self._unseen.seconds if last is None else last

    def last(self, file: str) -> Prediction | None:
        """What a file (kind ``vo``) needs if it is unchanged; None if it was never compiled."""
        found = self._seen.unchanged(file)
        return self._possible(found) if found else None

    def killed(self, subject: Subject, wanted: int) -> None:
        """A job was killed for memory; it is to have ``wanted`` bytes at least (see again)."""
        key = subject.file, subject.kind
        self._least[key] = max(wanted, self._least.get(key, 0))
        if self._seen.last(subject) is None:
            self._unseen.suppose(subject, wanted)
            self.budget.killed(subject.file)

    def predict(self, subject: Subject) -> Prediction:
        """What the job will need."""
        found = self._seen.predict(subject) or self._unseen.predict(subject)
        least = self._least.get((subject.file, subject.kind))
        if subject.expected is not None:
            reason = "Its [[files]] rule says so (expected-memory)."
            found = Prediction(subject.expected, found.seconds, "expected-memory", reason)
        if least is not None and least > found.peak:
            reason = "It was killed for memory: more than it had then."
            found = Prediction(least, found.seconds, "retry", reason)
        return self._possible(found)

    def _possible(self, found: Prediction) -> Prediction:
        if self.most is None or found.peak <= self.most:
            return found
        reason = f"{found.reason} That is more than there is for all jobs: it runs alone."
        return replace(found, peak=self.most, reason=reason)

    def reservation(self, prediction: Prediction, use: int, course: Course) -> int:
        """Bytes to reserve for a running job from now on.

        use: bytes now. course: what it used at AGES. A guess comes down to what jobs that were
        watched have grown to from there; what was measured or declared stays.
        """
        if prediction.source in MEASURED:
            return prediction.peak
        grown = max(use, self._growth.peak(course))
        if use <= prediction.peak:
            return int(min(prediction.peak, grown))
        most = BEYOND * use if self.most is None else min(BEYOND * use, self.most)
        return max(use, int(min(grown, most)))

    def watch(self, subject: Subject, use: int, course: Course) -> bool:
        """A job that has never ended yet uses ``use`` bytes: that tells, too.

        The large ones run long: who waits for their end learns of them too late. True: what was
        guessed for others before is too low now.
        """
        if self._seen.last(subject) is not None:
            return False
        if peak := self._growth.likely(use, course):
            self._unseen.suppose(subject, peak)
        return self._unseen.see(use)
