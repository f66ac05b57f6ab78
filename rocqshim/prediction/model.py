"""The plain data of prediction: what a job is, how one like it went, what it will need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """A job before it runs.

    file: as the user names it. kind: ``vo``, ``vos``, ``vok``, check, native, interactive.
    digest: of its source. compiler: its identity. loads: total bytes of the .vo files that it
    loads (or any other measure of that, the same for all), None where it is not known. expected:
    bytes of its [[files]] ``expected-memory``. lean: runs with a small OCaml minor heap.
    """

    file: str
    kind: str = "vo"
    digest: str = ""
    compiler: str = ""
    loads: int | None = None
    expected: int | None = None
    lean: bool = False


@dataclass(frozen=True)
class Record:
    """A job that ended: as in the history, or in this build.

    peak: bytes, None where it could not be measured. seconds: wall time. complete: it ended by
    itself (its verdict is success or exit-code), so that the peak is a whole one. course: bytes in
    use at each of AGES, as far as it lived; () where nobody looked.
    """

    subject: Subject
    peak: int | None
    seconds: float
    complete: bool = True
    course: tuple[int, ...] = ()


# Seconds after the start at which a job's use is noted down, for ``Record.course``.
AGES = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0)


@dataclass(frozen=True)
class Prediction:
    """What a job will need.

    peak: bytes to reserve. seconds: how long it will run, None if nothing is known. source: one
    word of SOURCES. reason: one sentence that says where the figure comes from.
    """

    peak: int
    seconds: float | None
    source: str
    reason: str


SOURCES = (
    "expected-memory",  # a [[files]] rule says it
    "unchanged",  # same source and compiler: its last peak
    "changed",  # its recent peaks
    "regression",  # never seen: from the size of what it loads
    "siblings",  # never seen: from files of the same directory
    "project",  # never seen: from all files of the project
    "default",  # nothing is known yet
    "retry",  # from what was seen when it was killed
)
# No guesses: what is declared or was measured does not come down while the job runs.
MEASURED = ("expected-memory", "unchanged")
# Nothing was known of the file itself.
GUESSES = ("regression", "siblings", "project", "default")
