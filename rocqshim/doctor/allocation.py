"""The allocation that we run in, and whether it has room for memory-max."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from rocqshim.backend.allocation import allocation as allocation_of
from rocqshim.backend.allocation import is_own
from rocqshim.doctor.cgroupfs import own_path
from rocqshim.doctor.cgroups import mount
from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.project import settings_here
from rocqshim.errors import UserError
from rocqshim.settings.size import human_size

CONTAINER = "this container"


def allocation(host: Host) -> Check:
    """Are we inside an allocation that no job may leave, and has it room for memory-max?"""
    where, limit = allocation_here(host)
    if not where:
        why = ": no limit above ours" if limit is None else ", see limits above"
        return Check("allocation", OK, f"none found{why}")
    found = settings_here(host)
    asked = None if isinstance(found, UserError) else found.memory_max.value
    if limit is not None and (asked is None or asked > limit):
        means = f"memory-max ({human_size(asked)}) is more than it has ({human_size(limit)})"
        mend = f'Set memory-max = "{human_size(limit * 9 // 10)}" in pyproject.toml.'
        return Check("allocation", DEGRADED, where, means, mend)
    return Check("allocation", OK, f"inside {where}; the jobs stay there")


def allocation_here(host: Host) -> tuple[str, int | None]:
    """The allocation that we are in, "" for none, and its memory in bytes, None for no limit."""
    path = own_path(host)
    name, limit = _limited(host, path)
    where = allocation_of(host.environ, path, host.uid, "" if name == CONTAINER else name)
    if name == CONTAINER and not is_own(path, host.uid):
        where = where or name
    limits = [each for each in (limit, _slurm_memory(host.environ)) if each is not None]
    return where, min(limits, default=None)


def _slurm_memory(environ: Mapping[str, str]) -> int | None:
    """What Slurm has given, in bytes: it may be enforced by Slurm itself, and by no cgroup."""
    node = environ.get("SLURM_MEM_PER_NODE", "")
    each, cpus = environ.get("SLURM_MEM_PER_CPU", ""), environ.get("SLURM_CPUS_ON_NODE", "")
    if node.isdigit():
        return int(node) << 20
    return (int(each) * int(cpus)) << 20 if each.isdigit() and cpus.isdigit() else None


def upwards(host: Host, path: str) -> Iterator[tuple[str, str]]:
    """Each cgroup from ``path`` up to the mount: its name, and its folder.

    The last is the root of our cgroup namespace. A container's has the limits of the container;
    the machine's own has no such files (kernel: cgroup-v2, "non-root cgroups").
    """
    root, within = mount(host), "/.." not in path
    while root and path not in ("", "/"):
        yield os.path.basename(path), f"{root}{path}"
        path = os.path.dirname(path)
    if root and within:
        yield CONTAINER, root


def _limited(host: Host, path: str) -> tuple[str, int | None]:
    """The cgroup upwards with the lowest memory.max, in bytes, or else the nearest with a quota."""
    with_memory, with_quota = [], []
    for name, folder in upwards(host, path):
        limit = host.read(f"{folder}/memory.max")
        if limit.isdigit():
            with_memory.append((int(limit), name))
        if host.read(f"{folder}/cpu.max")[:1].isdigit():
            with_quota.append(name)
    if with_memory:
        lowest, name = min(with_memory, key=lambda each: each[0])
        return name, lowest
    return next(iter(with_quota), ""), None
