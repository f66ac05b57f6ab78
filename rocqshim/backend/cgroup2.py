"""The backend ``cgroup2``: a delegated cgroup v2 without systemd (a container, a bare root).

    BASE/rocq.slice/rocq-<project>.slice/jobs/job-17

BASE is the lowest cgroup above us that we may write and that has the memory controller.
"""

from __future__ import annotations

import os
import time

from rocqshim.backend import BackendError, cgroup
from rocqshim.backend.cgroupslice import CgroupSlice
from rocqshim.backend.slicefiles import FILES, missing_limits, text_of
from rocqshim.backend.systemd import USER_SLICE
from rocqshim.limits import LIMIT_KEYS, Limits, Unenforced

CALLERS = "rocqshim-callers"  # where make and its like are put, below a cgroup they were alone in
MOVES = 50  # passes over what runs there; make was seen to fork within one
PAUSE = 0.002  # seconds between them: what is exiting cannot be moved, and is gone soon
JOBS = "jobs"  # the cgroup between a slice and its jobs
WANTED = ("memory", "pids", "cpu", "io")


def find_base(path: str) -> str:
    """Find the cgroup to build below, upwards from the folder ``path``. Raises BackendError."""
    root = cgroup.mount()
    if not cgroup.limits_memory():
        raise BackendError("no cgroup v2 with a memory controller is mounted here")
    folder = path
    while folder.startswith(root):
        if _is_base(folder, root):
            return folder
        folder = os.path.dirname(folder)
    raise BackendError("no writable cgroup v2 hands a memory controller down to us")


def slices_above(path: str) -> list[tuple[str, str]]:
    """Find the slices of this backend that exist, upwards from ``path``: each base and name.

    Only looks: what systemd made has the same names, and no ``jobs`` in it.
    """
    root = cgroup.mount()
    bases = [*cgroup.ancestors(path, root), root] if root else []
    return [(base, name) for base in bases for name in _slices_in(os.path.join(base, USER_SLICE))]


def _slices_in(folder: str) -> list[str]:
    try:
        names = [name for name in os.listdir(folder) if name.startswith("rocq-")]
    except OSError:
        return []
    return [name for name in names if os.path.isdir(os.path.join(folder, name, JOBS))]


def _is_base(folder: str, root: str) -> bool:
    control = os.path.join(folder, "cgroup.subtree_control")
    if os.path.basename(folder) == CALLERS or "memory" not in cgroup.controllers(folder):
        return False
    if not (os.access(control, os.W_OK) and os.access(folder, os.W_OK) and _is_ours(folder)):
        return False
    return "memory" in cgroup.read(control).split() or _hand_down(folder, control)


def _is_ours(folder: str) -> bool:
    """Under systemd only what it has delegated; without it all that we may write.

    A manager's own root is never ours: it makes a rocq.slice there itself. The user manager of
    systemd 262 marks no scope as delegated (seen), but what it gives to a user is a unit's.
    """
    if not os.path.isdir("/run/systemd/system"):
        return True
    if os.path.isdir(os.path.join(folder, "init.scope")):
        return False
    marks = (cgroup.attribute(folder, f"{space}.delegate") for space in ("user", "trusted"))
    is_unit = folder.endswith((".scope", ".service")) and os.getuid() != 0
    return "1" in marks or is_unit


def _hand_down(folder: str, control: str) -> bool:
    """Hand memory down; what runs in ``folder`` itself moves to a leaf of it first.

    Only the true root may have both (kernel: "no internal processes"). The callers stay inside
    all the limits that they had. Moved again and again, as what make forks meanwhile is missed.
    """
    if cgroup.write(control, "+memory"):
        return True
    leaf = os.path.join(folder, CALLERS)
    os.makedirs(leaf, exist_ok=True)
    for _ in range(MOVES):
        for pid in cgroup.read(os.path.join(folder, "cgroup.procs")).split():
            cgroup.write(os.path.join(leaf, "cgroup.procs"), pid)
        if cgroup.write(control, "+memory"):
            return True
        time.sleep(PAUSE)
    return False


class Cgroup2Slice(CgroupSlice):
    """A project's slice as a plain cgroup below ``base``."""

    backend = "cgroup2"

    def __init__(self, base: str, name: str) -> None:
        super().__init__(name)
        self._user = os.path.join(base, USER_SLICE)
        self._own = os.path.join(self._user, name)
        self._jobs = os.path.join(self._own, JOBS)
        self._base = base

    async def open(self) -> None:
        """Make the cgroups, or take over the ones that are there. Raises BackendError."""
        try:
            os.makedirs(self._jobs, exist_ok=True)
        except OSError as error:
            raise BackendError(f"{self._jobs}: {error.strerror}") from None
        for folder in (self._base, self._user, self._own, self._jobs):
            for controller in WANTED:
                cgroup.write(os.path.join(folder, "cgroup.subtree_control"), f"+{controller}")
        if "memory" not in cgroup.controllers(self._own):
            raise BackendError(f"{self._base} hands no memory controller down")

    async def cap(self, memory_max: int | None) -> None:
        """Write the limit of all projects together."""
        path = os.path.join(self._user, FILES["memory_max"])
        cgroup.write(path, text_of("memory_max", memory_max))

    async def apply(self, limits: Limits) -> list[Unenforced]:
        """Write the limits and read them back."""
        for key in LIMIT_KEYS:
            path = os.path.join(self._own, FILES[key])
            cgroup.write(path, text_of(key, getattr(limits, key)))
        missing = missing_limits(self._own, limits, self._base)
        self._soft.choose(limits, missing)
        return missing

    def folders(self) -> list[str]:
        """The slice's own and those above it."""
        return cgroup.ancestors(self._own, cgroup.mount())

    async def is_stopped(self) -> bool:
        """Nobody but us can."""
        return False

    async def close(self) -> None:
        """Remove the cgroups, unless another broker of this user has jobs in them."""
        if self.job_names():
            return
        cgroup.remove(self._own)
        cgroup.remove(self._user)  # stays while another project is below it

    async def _attach(self, name: str, pid: int) -> None:
        if not cgroup.write(os.path.join(self._jobs, name, "cgroup.procs"), str(pid)):
            raise BackendError(f"process {pid} may not be moved into {self._jobs}/{name}")
