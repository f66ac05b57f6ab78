"""What the cgroups around this process leave it of the machine's memory and processors.

A container, a pod, a Slurm step or a user's slice may have less than the machine. Both versions of
cgroups, and on a hybrid machine both at once; in a cgroup namespace the root of the mount has the
container's own limits. Formats: kernel documentation, cgroup-v2, cgroup-v1/memory; proc(5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

PROC = "/proc/self"
# What lies below slices of this program: their limits are the settings themselves.
OURS = re.compile(r"/rocq(-[^/]*)?\.slice(/.*)?$")
_MOUNT = re.compile(r"^\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$", re.M)
V2 = "cgroup2"


class Bound(NamedTuple):
    """A limit and the file that has it. value: bytes, or per cent of one core."""

    value: int
    file: str


class Level(NamedTuple):
    """One cgroup around us. controller: ``cgroup2``, or one of version 1."""

    controller: str
    folder: str


def levels(proc: str = PROC) -> list[Level]:
    """The cgroups in which this process is, for memory and processors, nearest first."""
    paths = dict(_paths(_read(f"{proc}/cgroup")))
    found = []
    for root, mount, version, options in _MOUNT.findall(_read(f"{proc}/mountinfo")):
        names = {V2} if version == V2 else {"memory", "cpu"} & set(options.split(","))
        for name in sorted(names & paths.keys()):
            found += [Level(name, each) for each in _upwards(mount, root, paths[name])]
    return found


def limited(around: list[Level]) -> list[Level]:
    """Those that bound memory; version 1 says so with a number that no machine has."""
    return [each for each in around if (bound := _memory(each)) and bound.value < 1 << 60]


def memory_bound(around: list[Level]) -> Bound | None:
    """The least memory that one of them allows."""
    return min(filter(None, map(_memory, around)), default=None)


def cpu_bound(around: list[Level]) -> Bound | None:
    """The least processor time that one of them allows."""
    return min(filter(None, map(_cpu, around)), default=None)


def _paths(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        for name in [V2] if number == "0" and not names else names.split(","):
            yield name, path.removesuffix(" (deleted)")


def _upwards(mount: str, root: str, path: str) -> list[str]:
    """From our cgroup to the mount. What lies outside of what is mounted is the mount itself."""
    inside = path.removeprefix(root.rstrip("/")) if f"{path}/".startswith(f"{root}/") else path
    folder = mount + _own(inside).rstrip("/")
    if (root != "/" and inside is path) or "/.." in folder or not os.path.isdir(folder):
        folder = mount
    found = [folder]
    while folder != mount:
        folder = os.path.dirname(folder)
        found.append(folder)
    return found


def _own(path: str) -> str:
    """Where jobs will be: a user's session, and what it limits, they leave for his manager."""
    path = OURS.sub("", path)
    slice_name = f"/user-{os.getuid()}.slice"
    before, found, _ = f"{path}/".partition(f"{slice_name}/")
    if not found or not is_systemd():
        return path
    return f"{before}{slice_name}/user@{os.getuid()}.service" if os.getuid() else "/"


def is_systemd() -> bool:
    """Whether systemd runs here (sd_booted)."""
    return os.path.isdir("/run/systemd/system")


def _memory(level: Level) -> Bound | None:
    if level.controller == V2:
        return _number(f"{level.folder}/memory.max")
    own = _number(f"{level.folder}/memory.limit_in_bytes")
    # In a namespace the cgroups above are not to be seen, but here their limits are.
    stat = f"{level.folder}/memory.stat"
    above = re.search(r"^hierarchical_memory_limit (\d+)$", _read(stat), re.M)
    inherited = Bound(int(above[1]), f"hierarchical_memory_limit in {stat}") if above else None
    return min(filter(None, (own, inherited)), key=lambda bound: bound.value, default=None)


def _cpu(level: Level) -> Bound | None:
    if level.controller == V2:
        file = f"{level.folder}/cpu.max"
        quota, _, period = _read(file).strip().partition(" ")
    else:
        file = f"{level.folder}/cpu.cfs_quota_us"
        quota, period = _read(file).strip(), _read(f"{level.folder}/cpu.cfs_period_us").strip()
    if not quota.isdecimal() or not period.isdecimal() or not int(period):
        return None  # "max", or -1
    return Bound(max(1, int(quota) * 100 // int(period)), file)


def _number(file: str) -> Bound | None:
    text = _read(file).strip()
    return Bound(int(text), file) if text.isdecimal() else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
