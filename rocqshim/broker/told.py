"""All that a launcher prints at the end of its job: the time, the verdict, the last line."""

from __future__ import annotations

import itertools
import os

from rocqshim.backend.processes import Facts, ancestors_of, read
from rocqshim.broker.ending import Ended, Judged
from rocqshim.message import printable
from rocqshim.outputs import target
from rocqshim.timing import OUT_OF_MEMORY as LAST_LINE
from rocqshim.timing import timing_line
from rocqshim.verdict import OUT_OF_MEMORY

TIMERS = ("time", "gtime")
ABOVE = 4  # processes above the launcher: `time … sh -c …`, `time timeout 60 …`


def told(ended: Ended, judged: Judged, note: str, launcher: int) -> str:
    """The lines for stderr of a job that is over for good, or "".

    note: the verdict's line. launcher: its pid, 0 where it is unknown.
    """
    lines = [_timing(ended, judged, launcher), note]
    if judged.verdict.word in OUT_OF_MEMORY:
        lines.append(LAST_LINE)
    return "\n".join(filter(None, lines))


def _timing(ended: Ended, judged: Judged, launcher: int) -> str:
    job, counters = ended.job, judged.counters
    if not job.timed or _is_timed_already(job.asked.words, launcher):
        return ""
    name = target(job.asked.words, job.asked.file, job.asked.kind)
    user = counters.user if counters.user is not None else ended.used[0]
    system = counters.system if counters.system is not None else ended.used[1]
    peak = judged.had or counters.memory_peak or 0
    line = timing_line(printable(name), job.age, user or 0.0, system or 0.0, peak)
    return line if name else ""


def _is_timed_already(words: tuple[str, ...], launcher: int) -> bool:
    """Whether GNU time prints such a line: TIMED=1 puts it before the launcher, or behind it."""
    if words and os.path.basename(words[0]) in TIMERS:
        return True
    return any(map(_is_timer, itertools.islice(ancestors_of(launcher), ABOVE)))


def _is_timer(facts: Facts) -> bool:
    command = read(facts.process.pid, "cmdline").split(b"\0")
    is_one = os.path.basename(os.fsdecode(command[0])) in TIMERS
    return is_one and b"mem: %M ko" in b" ".join(command)
