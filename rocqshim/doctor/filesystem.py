"""Are writes of a job attributed to it? The kernel does so only on some file systems."""

from __future__ import annotations

import os

from rocqshim.doctor.cgroups import delegated
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host

NAME = "file system"
# Kernel: admin-guide/cgroup-v2, Writeback.
ATTRIBUTED = ("ext2", "ext3", "ext4", "btrfs", "f2fs", "xfs")
MEANS = "io-weight holds for what compilers read, and not for what the kernel writes back for them"


def file_system(host: Host) -> Check:
    """Does io.weight hold for writes in this folder?"""
    if "io" not in (delegated(host) or []):
        return Check(NAME, SKIPPED, "there is no io controller for us")
    return judge(os.getcwd(), type_of(host.read("/proc/self/mounts"), os.getcwd()))


def type_of(mounts: str, folder: str) -> str:
    """The type of the file system that ``folder`` lies on, by the text of /proc/self/mounts."""
    best, found = "", "unknown"
    for line in mounts.splitlines():
        words = line.split()
        if len(words) > 2 and _is_below(folder, words[1]) and len(words[1]) >= len(best):
            best, found = words[1], words[2]
    return found


def _is_below(folder: str, place: str) -> bool:
    return place in ("/", folder) or folder.startswith(f"{place}/")


def judge(folder: str, kind: str) -> Check:
    """The check."""
    if kind in ATTRIBUTED:
        return Check(NAME, OK, f"{folder} is on {kind}")
    return Check(
        NAME, DEGRADED, f"{folder} is on {kind}", MEANS, f"build on one of: {' '.join(ATTRIBUTED)}"
    )
