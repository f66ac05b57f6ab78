"""Why a job ended: one word, decided from what was counted and never from exit 137 alone.

137 is SIGKILL, and the kernel, systemd-oomd, earlyoom, a person and we all send it. The counters
tell them apart (kernel documentation, cgroup-v2, memory.events): ``oom_kill`` of the job's cgroup
says who died, the local ``oom`` of a cgroup says whose limit was hit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from rocqshim.backend import JobCounters, Level

# fmt: off
WORDS = (
    "success", "exit-code", "signal", "oom-job", "oom-slice", "oom-host", "oomd", "timeout",
    "cancelled",
)
# fmt: on
OUT_OF_MEMORY = ("oom-job", "oom-slice", "oom-host", "oomd")
OURS = ("rocq-", "rocq.")  # rocq-<project>.slice, rocq-<project>-jobs.service, rocq.slice


@dataclass(frozen=True)
class Ending:
    """What is known when a job is over.

    status: wait status as from os.waitpid; None: unknown, its launcher is gone. cancelled_by:
    who had us kill it. levels_before: as counted before the start, matched by name with
    ``counters.levels``; a level that is not among them counts from zero.
    job_limited: it had a memory limit of its own. timed_out: its time was over, and we killed it.
    asked_to_end: a signal came for that (Ctrl-C, make's TERM), as its launcher knows: a compiler
    may catch it, and exit with 1.
    """

    status: int | None
    cancelled_by: str | None
    counters: JobCounters
    levels_before: tuple[Level, ...]
    job_limited: bool
    timed_out: bool = False
    asked_to_end: bool = False


@dataclass(frozen=True)
class Verdict:
    """Why a job ended: one of WORDS.

    limit: the setting that was hit, memory_max, job_memory_max or job_time_max; None: none of ours.
    level: the cgroup whose limit was hit, for oom-slice and oom-host; None: none that we see, so
    the machine itself.
    lost: only with ``success``: the oom word for which processes of it were killed, see `decide`.
    """

    word: str
    limit: str | None = None
    level: str | None = None
    lost: str | None = None


def decide(ending: Ending) -> Verdict:
    """Decide by who killed: the kernel, we, the watchdog, systemd-oomd; then by the status.

    The kernel comes before our own kill, as it counts no process that is dying already:
    ``oom_kill`` above zero means that it was first.

    Exit 0 with ``oom_kill`` is ``success`` with ``lost``. memory.oom.group makes the kernel kill
    all of a job, so a main process that ended by itself was either through when its leftover
    ``par:`` workers were killed, or is exempt (oom_score_adj -1000), or the group could not be
    set. In each case the compiler says that its work is done, and make has that as well: to call
    it killed would be wrong and would have it done again; not to tell would hide the limit.
    With any other exit code the kill is the verdict: a compile that loses one worker ends in an
    anomaly, exit 129, which says nothing of memory.
    """
    killed = _killed_for_memory(ending)
    word = _by_status(ending.status)
    if word == "success":
        return replace(killed, word=word, lost=killed.word) if killed else Verdict(word)
    if killed and ending.counters.oom_kill:
        return killed
    if ending.cancelled_by or ending.asked_to_end:
        return Verdict("cancelled")
    if ending.timed_out and not killed:
        return Verdict("timeout", "job_time_max")
    return killed or Verdict(word)


def _killed_for_memory(ending: Ending) -> Verdict | None:
    counters = ending.counters
    if counters.oom_kill:
        return _killed_by_kernel(ending)
    if counters.killed_for:
        return _killed_by_watchdog(counters)
    return Verdict("oomd") if counters.oomd_kills else None


def _killed_by_kernel(ending: Ending) -> Verdict:
    # Only a cgroup with a limit counts this. If we gave it none, somebody else did.
    if ending.counters.oom:
        return Verdict("oom-job", "job_memory_max" if ending.job_limited else None)
    level = _level_that_grew(ending)
    if level and level.startswith(OURS):
        return Verdict("oom-slice", "memory_max", level)
    return Verdict("oom-host", None, level)


def _level_that_grew(ending: Ending) -> str | None:
    """The nearest one. It may have grown for another job's sake while this one ran: for a job
    that the kernel killed, the nearest limit that was hit at all is the likeliest reason."""
    before = {level.name: level.oom for level in ending.levels_before}
    for level in ending.counters.levels:
        if level.oom is not None and level.oom > (before.get(level.name) or 0):
            return level.name
    return None


def _killed_by_watchdog(counters: JobCounters) -> Verdict:
    if counters.killed_for == "job_memory_max":
        return Verdict("oom-job", "job_memory_max")
    ours = [level.name for level in counters.levels if level.name.startswith(OURS)]
    return Verdict("oom-slice", "memory_max", ours[0] if ours else None)


def _by_status(status: int | None) -> str:
    if status is None:
        return "cancelled"  # we kill a job whose launcher is gone, and nobody has waited for it
    if os.WIFSIGNALED(status):
        return "signal"
    return "exit-code" if status else "success"
