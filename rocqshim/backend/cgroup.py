"""Reading and writing the files of cgroup v2. A cgroup may vanish at any moment: that reads as 0.

Formats: kernel documentation, admin-guide/cgroup-v2.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MAX = "max"


def read(path: str) -> str:
    """Read a kernel file; "" where it does not exist (ENOENT) or its cgroup is gone (ENODEV)."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return _read_all(descriptor).decode("ascii", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)


def _read_all(descriptor: int) -> bytes:
    data = b""
    while part := os.read(descriptor, 65536):  # cgroup.procs can be longer than one read
        data += part
    return data


def write(path: str, text: str) -> bool:
    """Write a kernel file in one write; False where the kernel refuses."""
    try:
        descriptor = os.open(path, os.O_WRONLY)
    except OSError:
        return False
    try:
        os.write(descriptor, text.encode())
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def number(path: str) -> int | None:
    """Read one number; None for ``max``, and where there is no such file."""
    text = read(path)
    return int(text) if text.isdigit() else None


def table(path: str) -> dict[str, int]:
    """Read a flat keyed file such as memory.events; {} where there is none."""
    pairs = (line.split() for line in read(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}


def pids(cgroup: str) -> tuple[int, ...]:
    """List the processes of a cgroup and of everything below it."""
    found: list[int] = []
    for folder, _, _ in os.walk(cgroup):
        found += [int(pid) for pid in read(os.path.join(folder, "cgroup.procs")).split()]
    return tuple(found)


def is_populated(cgroup: str) -> bool:
    """Tell whether a process lives in it or below (cgroup.events)."""
    return table(os.path.join(cgroup, "cgroup.events")).get("populated", 0) == 1


def kill(cgroup: str) -> None:
    """SIGKILL everything in it and below, at once where the kernel can (cgroup.kill, 5.14)."""
    if write(os.path.join(cgroup, "cgroup.kill"), "1"):
        return
    for pid in pids(cgroup):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 9)


def remove(cgroup: str) -> bool:
    """Remove an empty cgroup with the cgroups below it; False while something is left."""
    for folder, _, _ in os.walk(cgroup, topdown=False):
        try:
            os.rmdir(folder)
        except OSError:
            return not os.path.exists(cgroup)
    return True


def of_process(pid: int | str = "self") -> str:
    """The cgroup v2 path of a process, as in ``/user.slice/…``; "" without v2."""
    for line in read(f"/proc/{pid}/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:].removesuffix(" (deleted)")
    return ""


def mount() -> str:
    """Where cgroup v2 is mounted; "" where it is not."""
    for line in read("/proc/self/mounts").splitlines():
        words = line.split()
        if len(words) > 2 and words[2] == "cgroup2":
            return words[1]
    return ""


def limits_memory() -> bool:
    """Tell whether cgroup v2 can limit memory here.

    On a hybrid machine each process has ``0::/`` and v2 is mounted without any controller, so
    neither proves anything: the root must offer ``memory`` (kernel: cgroup.controllers).
    """
    return bool(mount()) and "memory" in controllers(mount())


def controllers(cgroup: str) -> set[str]:
    """The controllers a cgroup may use (cgroup.controllers)."""
    return set(read(os.path.join(cgroup, "cgroup.controllers")).split())


def attribute(cgroup: str, name: str) -> str:
    """Read an extended attribute of a cgroup; "" where it has none."""
    try:
        return os.getxattr(cgroup, name).decode("ascii", "replace")
    except OSError:
        return ""


def ancestors(cgroup: str, root: str) -> list[str]:
    """The cgroups from ``cgroup`` itself up to, but without, the mount point ``root``."""
    path, found = Path(cgroup), []
    while root and str(path) != root and str(path).startswith(root + "/"):
        found.append(str(path))
        path = path.parent
    return found
