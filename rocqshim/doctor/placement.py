"""How a job gets from this session into its job cgroup: by itself, or by the managers."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.doctor.cgroupfs import own_path
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.managers import booted, manager_group

NAME = "placement"
MEANS = "no job can be moved from here into the slice: `Job failed. See journalctl -xe` at best"
MEND = (
    "sudo systemctl restart dbus.socket dbus.service; "
    "or build below the user manager: systemd-run --user --scope -q make"
)


@dataclass(frozen=True)
class Way:
    """path: our cgroup. group: that of our manager, None where it does not answer.

    has_bus: whether PID 1 answers on the system bus.
    """

    path: str
    group: str | None
    has_bus: bool


def placement(host: Host) -> Check:
    """Can a process be moved from this session?"""
    return judge(read(host))


def read(host: Host) -> Way:
    """Ask our own manager for its cgroup, and PID 1 for anything."""
    if not booted(host):
        return Way(own_path(host), None, False)
    answer = host.value("systemctl", "show", "--property=Version", "--value")
    return Way(own_path(host), manager_group(host), bool(answer))


def judge(way: Way) -> Check:
    """A move across the border of user@.service is PID 1's to make; systemd#40229, #21297."""
    if way.group is None:
        return Check(NAME, SKIPPED, "no manager with cgroup v2 answers")
    if f"{way.path}/".startswith(f"{way.group}/"):
        return Check(NAME, OK, "below the manager: the launcher moves its job by itself")
    session = way.path.rpartition("/")[2] or way.path
    if way.has_bus:
        return Check(NAME, OK, f"from {session}: the manager asks PID 1 to move each job")
    found = f"from {session}: PID 1 does not answer on the system bus"
    return Check(NAME, DEGRADED, found, MEANS, MEND)
