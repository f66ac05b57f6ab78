"""The limits of the cgroups above the jobs: the lowest one holds, and nobody shows it."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.doctor.allocation import CONTAINER, allocation_here, upwards
from rocqshim.doctor.cgroupfs import own_path
from rocqshim.doctor.cgroups import mount
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.managers import manager_group
from rocqshim.doctor.project import settings_here
from rocqshim.errors import UserError
from rocqshim.limits import Limits, limits_of
from rocqshim.settings.enclosing import V2, cpu_bound, levels, limited, memory_bound
from rocqshim.settings.size import human_size

NAME = "limits above"
MORE = "start the container with a higher one (docker run: --memory, --cpus, --pids-limit)"
ROOM = 64  # tasks that a small build needs: a make, its shells, launchers and compilers


@dataclass(frozen=True)
class Above:
    """One cgroup above the jobs. Bytes, per cent of one core, tasks; None is no limit.

    unit: its name, CONTAINER for the root of our cgroup namespace.
    """

    unit: str
    is_users: bool  # a unit of the user manager's
    memory_max: int | None = None
    memory_high: int | None = None
    cpu_quota: int | None = None
    tasks_max: int | None = None
    tasks: int = 0


def limits_above(host: Host) -> Check:
    """Is there room for the limits of this project below everybody else's?"""
    inside, old = allocation_here(host)[0], _of_version_1()
    if inside or not (mount(host) or old):
        why = "see allocation" if inside else "see cgroup v2"
        return Check(NAME, SKIPPED, why)
    settings = settings_here(host)
    asked = Limits() if isinstance(settings, UserError) else limits_of(settings)
    return judge([*(read(host) if mount(host) else []), *old], asked)


def _of_version_1() -> list[Above]:
    around = [level for level in levels() if level.controller != V2]
    memory, cpu = memory_bound(limited(around)), cpu_bound(around)
    found = Above(
        CONTAINER,
        False,
        memory_max=memory.value if memory else None,
        cpu_quota=cpu.value if cpu else None,
    )
    return [found] if memory or cpu else []


def read(host: Host) -> list[Above]:
    """From where the jobs will live upwards: the manager's cgroup, or our own."""
    path = manager_group(host)
    path = own_path(host) if path is None else path
    found = [_read(host, name, folder) for name, folder in upwards(host, path)]
    return [level for level in found if level != Above(CONTAINER, False)]


def _read(host: Host, name: str, folder: str) -> Above:
    def number(file: str) -> int | None:
        text = host.read(f"{folder}/{file}")
        return int(text) if text.isdigit() else None

    quota, _, period = host.read(f"{folder}/cpu.max").partition(" ")
    return Above(
        name,
        f"/user@{host.uid}.service/" in folder,
        number("memory.max"),
        number("memory.high"),
        int(quota) * 100 // int(period) if quota.isdigit() and period.isdigit() else None,
        number("pids.max"),
        number("pids.current") or 0,
    )


def judge(levels: list[Above], asked: Limits) -> Check:
    """Name each limit that is reached before ours."""
    told = [line for level in levels for line in _told(level, asked)]
    if not told:
        return Check(NAME, OK, _shown(levels))
    found = ", ".join(dict.fromkeys(line[0] for line in told))
    means = "\n".join(line[1] for line in told)
    mends = "\n".join(dict.fromkeys(line[2] for line in told))
    return Check(NAME, DEGRADED, found, means, mends)


def _shown(levels: list[Above]) -> str:
    limited = [each for each in levels if each.memory_max is not None]
    if not limited:
        return "none on memory"
    lowest = min(limited, key=lambda each: each.memory_max or 0)
    return f"{lowest.unit} has MemoryMax={human_size(lowest.memory_max)}, which is enough"


def _told(level: Above, asked: Limits) -> list[tuple[str, str, str]]:
    """For each limit that is too low: what was found, what it means, what mends it."""
    return [
        *_memory(level, asked.memory_max),
        *_high(level, asked.memory_max),
        *_cpu(level, asked.cpu_quota),
        *_tasks(level, asked.tasks_max),
    ]


def _memory(level: Above, asked: int | None) -> list[tuple[str, str, str]]:
    if level.memory_max is None or (asked is not None and asked <= level.memory_max):
        return []
    size = human_size(level.memory_max)
    means = (
        f"memory-max ({human_size(asked)}) is never reached: the kernel kills at {size}, and "
        "perhaps not a compiler"
    )
    mend = f"set memory-max below {size}, or: {_set(level, 'MemoryMax')}"
    return [(f"{level.unit} has MemoryMax={size}", means, mend)]


def _high(level: Above, asked: int | None) -> list[tuple[str, str, str]]:
    if level.memory_high is None or (asked is not None and asked <= level.memory_high):
        return []
    size = human_size(level.memory_high)
    means = f"above {size} everything there is slowed down without end, and nothing is killed"
    mend = f"set memory-max below {size}, or: {_set(level, 'MemoryHigh')}"
    return [(f"{level.unit} has MemoryHigh={size}", means, mend)]


def _cpu(level: Above, asked: int | None) -> list[tuple[str, str, str]]:
    if level.cpu_quota is None or (asked is not None and asked <= level.cpu_quota):
        return []
    means = f"cpu-quota is not reached: all of {level.unit} has {level.cpu_quota}% together"
    return [(f"{level.unit} has CPUQuota={level.cpu_quota}%", means, _set(level, "CPUQuota", ""))]


def _tasks(level: Above, asked: int | None) -> list[tuple[str, str, str]]:
    """TasksMax of user-.slice is 33 %, and 15 % of a unit's by default: a fork fails, EAGAIN."""
    room = None if level.tasks_max is None else level.tasks_max - level.tasks
    if room is None or room >= (ROOM if asked is None else asked):
        return []
    means = f"{room} more tasks may start there; then fork fails (Resource temporarily unavailable)"
    found = f"{level.unit} has TasksMax={level.tasks_max}, {level.tasks} used"
    return [(found, means, _set(level, "TasksMax"))]


def _set(level: Above, name: str, value: str = "infinity") -> str:
    if level.unit == CONTAINER:
        return MORE
    command = "systemctl --user" if level.is_users else "sudo systemctl"
    return f"{command} set-property {level.unit} {name}={value}"
