"""`ulimit -u`: a limit on all tasks of a user, which no cgroup shows."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.doctor.above import ROOM
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.project import settings_here
from rocqshim.errors import UserError

NAME = "tasks"


@dataclass(frozen=True)
class Tasks:
    """limit: RLIMIT_NPROC, None for none. used: tasks of the user. asked: tasks-max."""

    limit: int | None
    used: int
    asked: int | None


def tasks(host: Host) -> Check:
    """May this user start as many tasks as tasks-max allows?"""
    if host.uid == 0:
        return Check(NAME, SKIPPED, "ulimit -u does not hold for root")
    settings = settings_here(host)
    asked = None if isinstance(settings, UserError) else settings.tasks_max.value
    return judge(Tasks(host.task_limit(), host.tasks_of_user(), asked))


def judge(found: Tasks) -> Check:
    """The check."""
    if found.limit is None:
        return Check(NAME, OK, f"ulimit -u is unlimited, {found.used} used")
    room = found.limit - found.used
    text = f"ulimit -u is {found.limit}, {found.used} used"
    if room >= (ROOM if found.asked is None else found.asked):
        return Check(NAME, OK, text)
    means = f"{room} more tasks may start; then fork fails (Resource temporarily unavailable)"
    mend = "ulimit -S -u $(ulimit -H -u); for good, in /etc/security/limits.conf: `* - nproc 65536`"
    return Check(NAME, DEGRADED, text, means, mend)
