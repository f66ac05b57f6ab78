"""Are we inside an allocation that no job may leave: Slurm, Docker, Kubernetes, a limited cgroup?

Moving work from there below user@.service would let it escape its limits and outlive its job
(nix#13855); such work stays where it is.
"""

from __future__ import annotations

from collections.abc import Mapping

MARKS = {
    "slurm": "a Slurm allocation",
    "kubepods": "a Kubernetes pod",
    "docker": "a Docker container",
    "libpod": "a Podman container",
    "containerd": "a container",
    "lxc": "an LXC container",
    "htcondor": "an HTCondor slot",
}


def allocation(environ: Mapping[str, str], path: str, uid: int, limited: str) -> str:
    """Name the allocation that a process with this environment and cgroup is in, or "".

    path: its cgroup v2 path. limited: the nearest cgroup above it that has a memory or CPU
    limit, or "". Below the user's own slice nothing is an allocation: the jobs stay below it.
    """
    if "SLURM_JOB_ID" in environ:
        return MARKS["slurm"]
    if is_own(path, uid):
        return ""
    for mark, name in MARKS.items():
        if mark in path.lower():
            return name
    if "/.." in path:
        return "a cgroup namespace"
    return f"the limited cgroup {limited}" if limited else ""


def is_own(path: str, uid: int) -> bool:
    """Tell whether ``path`` lies where this user's sessions and services live."""
    return f"/user-{uid}.slice/" in path + "/"
