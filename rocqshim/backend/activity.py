"""What a slice or a job has spent, and how short of things it is. For any backend.

Formats: kernel documentation, cgroup-v2 (cpu.stat, io.stat) and psi; proc(5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rocqshim.backend import cgroup
from rocqshim.backend.processes import read

TICKS = os.sysconf("SC_CLK_TCK")
_SOME = re.compile(r"^some avg10=(\d+\.\d+)", re.M)
_PROCESSOR = re.compile(r"^cpu(\d+) (.*)", re.M)
_BYTES = re.compile(r"\b(rbytes|wbytes)=(\d+)")


@dataclass(frozen=True)
class Activity:
    """Spent since the slice was made; None where nobody counts.

    cpu: seconds, user and system. read, written: bytes from and to disks. memory_pressure,
    cpu_pressure: per cent of the last 10 s in which some task waited for it.
    """

    cpu: float | None = None
    read: int | None = None
    written: int | None = None
    memory_pressure: float | None = None
    cpu_pressure: float | None = None


def activity_in(folder: str) -> Activity:
    """What the kernel counts for a cgroup."""
    usage = cgroup.table(os.path.join(folder, "cpu.stat")).get("usage_usec")
    disks = _disks(cgroup.read(os.path.join(folder, "io.stat")))
    return Activity(
        None if usage is None else usage / 1e6,
        disks.get("rbytes"),
        disks.get("wbytes"),
        _pressure(folder, "memory"),
        _pressure(folder, "cpu"),
    )


def machine_cpu(cores: Iterable[int], stat: str = "/proc/stat") -> float | None:
    """Seconds that these cores were busy since boot, with anything; None where nobody says.

    What a hypervisor took from them (steal) is among it, waiting for disks (iowait) is not.
    """
    lines = dict(_PROCESSOR.findall(cgroup.read(stat)))
    spent = [lines[str(core)].split() for core in cores if str(core) in lines]
    # user nice system idle iowait irq softirq steal; guests are in user and nice.
    busy = sum(int(part) for times in spent for part in [*times[:3], *times[5:8]])
    return busy / TICKS if spent else None


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds, user and system, of processes and of their children that have ended."""
    return sum(map(_cpu, pids))


def _cpu(pid: int) -> float:
    text = read(pid, "stat")
    # utime, stime, cutime, cstime: fields 14 to 17; the name may hold anything, also blanks.
    fields = text[text.rfind(b")") + 2 :].split()[11:15]
    return sum(map(int, fields)) / TICKS


def _disks(text: str) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, amount in _BYTES.findall(text):
        total[name] = total.get(name, 0) + int(amount)
    return total


def _pressure(folder: str, of: str) -> float | None:
    found = _SOME.search(cgroup.read(os.path.join(folder, f"{of}.pressure")))
    return float(found[1]) if found else None
