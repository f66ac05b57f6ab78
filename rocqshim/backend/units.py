"""The units of a project: its slice, and the delegated service that holds the job cgroups.

    rocq-<project>.slice
      └ rocq-<project>-jobs.service   Delegate=yes
          ├ holder/   sleep, so that the service (and with it the delegation) stays
          └ job-17/   ours

Limits on units only through the manager; files only below the delegated service (systemd.io,
CGROUP_DELEGATION). ControlGroup is asked for and never computed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

from rocqshim.backend import BackendError, cgroup
from rocqshim.backend.bus import INFINITY, Bus, Refused
from rocqshim.limits import LIMIT_KEYS, Limits

EXISTS = "org.freedesktop.systemd1.UnitExists"
UNKNOWN = "org.freedesktop.systemd1.NoSuchUnit"  # also of a unit in a slice that is not there
START_PATIENCE = 15.0  # seconds until the holder runs
PAUSE = 0.01  # seconds between two looks
STOP_PATIENCE = 5.0  # seconds until a stopped unit is gone; its holder is given 2
HOLDER = "holder"
MANAGER = "/org/freedesktop/systemd1"  # its object
STATE_PATIENCE = 2.0  # seconds for its state; one that ends may answer nothing any more

Property = tuple[str, tuple[str, Any]]


def slice_properties(limits: Limits) -> list[Property]:
    """Turn limits into unit properties (man systemd.resource-control)."""
    return [_property(key, getattr(limits, key)) for key in LIMIT_KEYS]


def _property(key: str, value: int | None) -> Property:
    name = PROPERTY_NAMES[key]
    if value is None:
        return name, ("t", INFINITY)
    # CPUQuotaPerSecUSec: microseconds of CPU per second; 1 per cent of a core is 10 ms.
    return name, ("t", value * 10_000 if key == "cpu_quota" else value)


PROPERTY_NAMES = {
    "memory_max": "MemoryMax",
    "memory_high": "MemoryHigh",
    "memory_swap_max": "MemorySwapMax",
    "cpu_quota": "CPUQuotaPerSecUSec",
    "cpu_weight": "CPUWeight",
    "io_weight": "IOWeight",
    "tasks_max": "TasksMax",
}


def jobs_service(slice_name: str) -> str:
    """The service that holds the jobs of a slice."""
    return f"{slice_name.removesuffix('.slice')}-jobs.service"


async def start_slice(bus: Bus, name: str) -> None:
    """Make the slice, without limits yet; one that is there keeps the limits that it has."""
    try:
        await bus.call("StartTransientUnit", "ssa(sv)a(sa(sv))", (name, "fail", [], []))
    except Refused as error:
        if error.name != EXISTS:
            raise
        await bus.call("StartUnit", "ss", (name, "replace"))


async def set_limits(bus: Bus, name: str, limits: Limits) -> None:
    """Set limits on a unit until it is stopped (runtime)."""
    body = (name, True, slice_properties(limits))
    await bus.call("SetUnitProperties", "sba(sv)", body)


async def ensure_service(bus: Bus, slice_name: str, description: str) -> str:
    """Start the delegated service, or take the running one; gives its cgroup's path.

    One that is being stopped is in the way until it is gone. Raises BackendError.
    """
    name, group = jobs_service(slice_name), ""
    properties = _service_properties(slice_name, description)
    deadline = time.monotonic() + START_PATIENCE
    while not group:
        is_new = await _start(bus, name, properties)
        group = await _when_active(bus, name, is_new, deadline)
    path = cgroup.mount() + group
    await _hold(bus, name, path)
    return path


async def service_left(bus: Bus, slice_name: str) -> str:
    """Give the cgroup's path of the running service, and start none. Raises BackendError.

    Where its holder was killed, too, the service is gone and the slice still there: then the path
    that it had.
    """
    name = jobs_service(slice_name)
    state, group = await _look(bus, name)
    if state == "active" and group:
        return cgroup.mount() + group
    state, group = await _look(bus, slice_name, "Slice")
    if state != "active" or not group or cgroup.is_populated(cgroup.mount() + group):
        raise BackendError(f"{name} does not run")
    return f"{cgroup.mount()}{group}/{name}"


async def _start(bus: Bus, name: str, properties: list[Property]) -> bool:
    """Start the service; False where there is one already."""
    # "replace": an earlier broker's empty slice may have a stop queued (Orphans), which goes.
    body: tuple[Any, ...] = (name, "replace", properties, [])
    try:
        await bus.call("StartTransientUnit", "ssa(sv)a(sa(sv))", body)
    except Refused as error:
        if error.name != EXISTS:
            raise
        return False
    return True


def _service_properties(slice_name: str, description: str) -> list[Property]:
    command = ("/bin/sleep", ["sleep", "infinity"], False)
    return [
        ("Description", ("s", description)),
        ("Slice", ("s", slice_name)),
        # Active only after the exec: a process that has yet to enter a cgroup which hands
        # controllers down already is refused (EBUSY, 219/CGROUP). Since systemd 240.
        ("Type", ("s", "exec")),
        ("Delegate", ("b", True)),
        ("CollectMode", ("s", "inactive-or-failed")),
        ("TasksMax", ("t", INFINITY)),  # DefaultTasksMax (15 %) would be a second limit
        ("TimeoutStopUSec", ("t", 2_000_000)),
        ("ExecStart", ("a(sasb)", [command])),
    ]


async def is_stopping(bus: Bus) -> bool:
    """Tell whether the manager is on its way out: `systemctl --user exit`, a logout, a shutdown."""
    with contextlib.suppress(BackendError, asyncio.TimeoutError):
        state = bus.get(MANAGER, "Manager", "SystemState")
        return str(await asyncio.wait_for(state, STATE_PATIENCE)) == "stopping"
    return True  # it is gone


async def is_active(bus: Bus, name: str) -> bool:
    """Tell whether a unit is up and not on its way down. Raises BackendError."""
    path = str((await bus.call("LoadUnit", "s", (name,)))[0])
    return str(await bus.get(path, "Unit", "ActiveState")) == "active"


async def _when_active(bus: Bus, name: str, is_new: bool, deadline: float) -> str:
    """Give its cgroup once it runs; "" where it is an old one that is going, or has gone."""
    # Asked again and again instead of waiting for JobRemoved: a lost signal cannot hang us.
    while time.monotonic() < deadline:
        state, group = await _look(bus, name)
        if state == "active" and group:
            return group
        if state == "failed" and is_new:
            raise BackendError(f"{name} failed to start (journalctl --user -u {name})")
        await asyncio.sleep(PAUSE)
        if not is_new and state not in ("active", "activating"):
            return ""
    raise BackendError(f"{name} did not start in {START_PATIENCE:g} s")


async def _look(bus: Bus, name: str, kind: str = "Service") -> tuple[str, str]:
    """A unit's ActiveState, and its cgroup, "" where it has none."""
    path = str((await bus.call("LoadUnit", "s", (name,)))[0])
    state = str(await bus.get(path, "Unit", "ActiveState"))
    return state, str(await bus.get(path, kind, "ControlGroup")).removesuffix("/")


async def _hold(bus: Bus, name: str, path: str) -> None:
    """Move the holder into a leaf of its own and hand the controllers down.

    A cgroup with processes cannot hand controllers to cgroups below it (EBUSY);
    DelegateSubgroup= would do it, from systemd 254 on.
    """
    leaf = os.path.join(path, HOLDER)
    os.makedirs(leaf, exist_ok=True)
    for pid in cgroup.read(os.path.join(path, "cgroup.procs")).split():
        if not cgroup.write(os.path.join(leaf, "cgroup.procs"), pid):
            await bus.call("AttachProcessesToUnit", "ssau", (name, f"/{HOLDER}", [int(pid)]))
    for controller in cgroup.controllers(path) & {"memory", "pids", "cpu", "io"}:
        cgroup.write(os.path.join(path, "cgroup.subtree_control"), f"+{controller}")


def is_held(path: str) -> bool:
    """Tell whether the holder lives in the service's cgroup ``path``.

    A service that is being stopped loses it at once, and kills what is started there meanwhile.
    """
    return bool(cgroup.read(os.path.join(path, HOLDER, "cgroup.procs")))


async def stop_units(bus: Bus, slice_name: str, folder: str) -> None:
    """Stop the service and its slice, the cgroup ``folder``; their limits go with them.

    And the slices above that nobody uses any more: systemd leaves them. One in which a process
    runs stays, as stopping a slice stops all that is in it; every project has its holder. An empty
    cgroup below it is nobody's: `systemctl set-property` and `revert` of a slice leave one (262).
    """
    await _stop(bus, jobs_service(slice_name), "replace")
    await _until_empty(folder)
    while is_ours(folder) and not cgroup.is_populated(folder):
        await _stop(bus, os.path.basename(folder), "fail")
        await _until_gone(folder)
        folder = os.path.dirname(folder)


async def _stop(bus: Bus, name: str, mode: str) -> None:
    # Refused: it is not loaded any more, or somebody is starting something in it.
    with contextlib.suppress(Refused):
        await bus.call("StopUnit", "ss", (name, mode))


def is_ours(folder: str) -> bool:
    """Tell whether this is rocq.slice or a slice below it."""
    name = os.path.basename(folder)
    return name.endswith(".slice") and name.startswith(("rocq.", "rocq-"))


async def _until_empty(folder: str) -> None:
    await _until(lambda: not _has_children(folder))


async def _until_gone(folder: str) -> None:
    await _until(lambda: not os.path.isdir(folder))


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(int(STOP_PATIENCE / PAUSE)):
        if holds():
            return
        await asyncio.sleep(PAUSE)


def _has_children(folder: str) -> bool:
    try:
        return any(entry.is_dir() for entry in os.scandir(folder))
    except OSError:
        return False
