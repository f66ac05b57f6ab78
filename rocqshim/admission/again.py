"""Whether and how a job that was killed for memory runs once more."""

from __future__ import annotations

from dataclasses import dataclass

# Only what the kernel has proven. A plain exit 137 is none of these.
SHARED = ("oom-slice", "oom-host", "oomd")
GROWTH = 1.5  # times what it had when it was killed: it needs more than that, nobody knows how much


@dataclass(frozen=True)
class Attempt:
    """A job that was ended, and how it had run.

    number: 1 for the first. verdict: a word of verdict.py. reservation: bytes that it had been
    promised. seen: bytes that it had when it was killed, None if unknown. alone: nobody ran beside
    it at its end. exclusive, lean: how it had been run.
    """

    number: int
    verdict: str
    reservation: int
    seen: int | None = None
    alone: bool = False
    exclusive: bool = False
    lean: bool = False


@dataclass(frozen=True)
class Again:
    """How it runs next. peak: bytes to reserve. reason: one sentence, for the user."""

    peak: int
    exclusive: bool
    lean: bool
    reason: str


def again(attempt: Attempt, retries: int, room: int | None) -> Again | None:
    """The next attempt, or None: it has failed. retries: of the settings. room: bytes for jobs.

    First with a larger reservation, then alone, then alone and with a small OCaml minor heap. A
    job that was alone has nothing to win by a reservation, and one at its own limit
    (``oom-job``) only by the small heap.
    """
    if attempt.number > retries or attempt.lean:
        return None
    peak = larger(attempt, room)
    if attempt.verdict == "oom-job" or (attempt.verdict in SHARED and _was_alone(attempt)):
        return Again(peak, attempt.exclusive or attempt.alone, True, "with a smaller minor heap")
    if attempt.verdict not in SHARED:
        return None
    if attempt.number == 1 and (room is None or peak <= room):
        return Again(peak, False, False, "with a larger reservation")
    return Again(peak, True, False, "with no other job beside it")


def larger(attempt: Attempt, room: int | None) -> int:
    """Bytes to reserve after this: more than it had, at most all that there is."""
    had = max(attempt.seen or 0, attempt.reservation)
    wanted = max(int(GROWTH * (attempt.seen or attempt.reservation)), had)
    return wanted if room is None else max(min(wanted, room), 0)


def _was_alone(attempt: Attempt) -> bool:
    return attempt.exclusive or attempt.alone
