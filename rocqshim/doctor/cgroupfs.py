"""Can we see and write the cgroup files at all? A namespace or a container may hide them."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host

NAME = "cgroup files"
WITHOUT = "no job cgroup can be made from here: only a manager outside, or the watchdog, can help"
NAMESPACE = "Build outside of it, or start the container with --cgroupns=host."
WRITABLE = (
    "Docker: --privileged; podman: --security-opt unmask=/sys/fs/cgroup --cgroups=split; "
    "else: mount -o remount,rw /sys/fs/cgroup"
)


@dataclass(frozen=True)
class View:
    """mount: where cgroup v2 is, "" for nowhere. path: our cgroup. is_there: its folder exists."""

    mount: str
    path: str
    is_there: bool
    is_read_only: bool


def cgroup_files(host: Host) -> Check:
    """Is our own cgroup to be seen, and may cgroups be made?"""
    return judge(read(host))


def read(host: Host) -> View:
    """Look at the mounts and at our own cgroup."""
    mounts = [line.split() for line in host.read("/proc/self/mounts").splitlines()]
    found = [words for words in mounts if len(words) > 3 and words[2] == "cgroup2"]
    root = found[-1][1] if found else ""  # the last mount on a folder is the one that is seen
    path = own_path(host)
    options = found[-1][3].split(",") if found else []
    return View(root, path, host.exists(f"{root}{path}/cgroup.procs"), "ro" in options)


def own_path(host: Host) -> str:
    """Our cgroup v2 path, as in ``/user.slice/…``; "" without v2."""
    for line in host.read("/proc/self/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:]
    return ""


def judge(view: View) -> Check:
    """The check."""
    if not view.mount or not view.path:
        return Check(NAME, SKIPPED, "see cgroup v2")
    if "/.." in view.path:
        found = f"our cgroup is {view.path}, outside of this cgroup namespace"
        return Check(NAME, DEGRADED, found, WITHOUT, NAMESPACE)
    if not view.is_there:
        found = f"{view.mount}{view.path} is hidden"
        return Check(NAME, DEGRADED, found, WITHOUT, WRITABLE)
    if view.is_read_only:
        return Check(NAME, DEGRADED, f"{view.mount} is read-only", WITHOUT, WRITABLE)
    return Check(NAME, OK, f"our cgroup is {view.path}")
