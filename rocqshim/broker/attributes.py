"""What a process keeps from whoever started it, set right: one broker serves all later builds.

Its first caller may have had one core (`taskset`), be nice, or have few files left to open. What a
user cannot take back, a hard limit or a nice value, makes it give way to a broker that a better
caller starts; that one takes its jobs over as it does after a kill.
"""

from __future__ import annotations

import contextlib
import os
import resource

import psutil

REFUSED = (OSError, ValueError, psutil.Error)
INFINITY = resource.RLIM_INFINITY
# A connection of each launcher: `make -j` without a number may start thousands.
FILES = 4096
WANTED = {
    resource.RLIMIT_NOFILE: FILES,
    resource.RLIMIT_FSIZE: INFINITY,
    resource.RLIMIT_CPU: INFINITY,
    resource.RLIMIT_AS: INFINITY,
    resource.RLIMIT_DATA: INFINITY,
}
USUAL = False, 0  # of `_standing`
RESERVE = 8  # descriptors beside those of connections, for what is open for a moment
DEFAULTS = {"oom_score_adj": "0", "timerslack_ns": "50000"}  # files of /proc/self


def set_right() -> None:
    """Undo what is meant for the first caller alone, as far as the kernel lets us."""
    actions = (
        lambda: os.sched_setaffinity(0, range(os.sysconf("SC_NPROCESSORS_CONF"))),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, 0),
        lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)),
        lambda: psutil.Process().ionice(psutil.IOPRIO_CLASS_NONE, 0),
    )
    for action in actions:
        with contextlib.suppress(*REFUSED):
            action()
    for name, value in DEFAULTS.items():
        with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
            file.write(value)
    for which in WANTED:
        _raise_limit(which)


def _raise_limit(which: int) -> None:
    hard = resource.getrlimit(which)[1]
    with contextlib.suppress(*REFUSED):
        resource.setrlimit(which, (hard, hard))
    if hard != INFINITY and os.getuid() == 0 and which != resource.RLIMIT_NOFILE:
        with contextlib.suppress(*REFUSED):  # root may; of files nobody may have infinitely many
            resource.setrlimit(which, (INFINITY, INFINITY))


def connections() -> int:
    """How many connections may be open at once."""
    free = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - len(os.listdir("/proc/self/fd"))
    return max(2, free - RESERVE)


def is_worse_off(pid: int) -> bool:
    """Whether the process ``pid`` could start a broker that has what we lack."""
    short = [which for which, enough in WANTED.items() if _is_less(_hard(which, 0), enough)]
    ours = _standing(0)
    if not pid or not (short or ours > USUAL):
        return False
    with contextlib.suppress(*REFUSED):  # it has gone, or other groups: then we may not look
        has_more = any(_is_less(_hard(which, 0), _hard(which, pid)) for which in short)
        return has_more or _standing(pid) < max(ours, USUAL)
    return False


def _standing(pid: int) -> tuple[bool, int]:
    """How far behind others the scheduler puts ``pid``."""
    policy = os.sched_getscheduler(pid) in (os.SCHED_IDLE, os.SCHED_BATCH)
    return policy, os.getpriority(os.PRIO_PROCESS, pid)


def _hard(which: int, pid: int) -> int:
    return resource.prlimit(pid, which)[1]


def _is_less(one: int, other: int) -> bool:
    return one != INFINITY and (other == INFINITY or one < other)
