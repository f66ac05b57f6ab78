"""What is known of a project's files, kept so that a prediction costs microseconds."""

from __future__ import annotations

from rocqshim.prediction.model import Prediction, Record, Subject


class Learned:
    """Learns from records, oldest first; predicts.

    memory: bytes that jobs share (for the default guess), None if there is no limit.
    """

    def __init__(self, memory: int | None = None, cores: int = 1) -> None:
        self.memory = memory
        self.cores = cores

    def learn(self, record: Record) -> None:
        """A job has ended, in an earlier build or in this one."""
        raise NotImplementedError

    def killed(self, subject: Subject, seen: int) -> None:
        """A job was killed for memory when it had ``seen`` bytes: it needs more."""
        raise NotImplementedError

    def predict(self, subject: Subject) -> Prediction:
        """What the job will need."""
        raise NotImplementedError

    def reservation(self, subject: Subject, reserved: int, use: int, age: float) -> int:
        """What to reserve for a running job from now on.

        reserved: bytes at its start. use: bytes now. age: seconds since its start.
        """
        raise NotImplementedError
