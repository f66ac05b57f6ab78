"""How a job ended, as people read it: the same words in summaries, tables, views and pages.

The words of verdict.py are codes for programs: in the history's file, in JSON, CSV and traces.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

DONE, FAILED, KILLED, CANCELLED = STATES = ("done", "failed", "killed", "cancelled")
BAD = (FAILED, KILLED, CANCELLED)
# Sent by people and by build tools to end a program; by a terminal at Ctrl-C, or when it closes.
ASKED_TO_END = frozenset((signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT))


class Outcome(NamedTuple):
    """state: one of STATES. why: what is known of the reason, or ""."""

    state: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.state}: {self.why}" if self.why else self.state


_OF_VERDICT = {
    "success": Outcome(DONE),
    "oom-job": Outcome(KILLED, "over its own job-memory-max"),
    "oom-slice": Outcome(KILLED, "memory-max of the slice was full"),
    "oom-host": Outcome(KILLED, "out of memory above rocqshim's limits"),
    "oomd": Outcome(KILLED, "by systemd-oomd"),
    "timeout": Outcome(KILLED, "over its job-time-max"),
    "cancelled": Outcome(CANCELLED),
}


def outcome(verdict: str | None, status: int | None) -> Outcome:
    """verdict: a word of verdict.py, or of a later version. status: as from os.waitpid."""
    if verdict == "exit-code" and status is not None:
        return Outcome(FAILED, f"exit {status >> 8 & 0xFF}")
    if verdict == "signal" and status is not None:
        return _by_signal(status & 0x7F)
    return _OF_VERDICT.get(verdict or "", Outcome(FAILED, verdict or "unknown"))


def _by_signal(number: int) -> Outcome:
    """By none of ours: it crashed, was asked to end, or somebody sent SIGKILL."""
    try:
        name = signal.Signals(number).name
    except ValueError:  # a real-time signal
        name = f"signal {number}"
    if number == signal.SIGKILL:
        return Outcome(KILLED, f"by {name}, and not by rocqshim")
    return Outcome(CANCELLED if number in ASKED_TO_END else FAILED, name)


def counted(states: Iterable[str]) -> str:
    """``1 done, 2 failed``; "" of none."""
    found = Counter(states)
    return ", ".join(f"{found[state]} {state}" for state in STATES if found[state])
