"""The backend ``systemd``: one slice and one delegated service a project, one mkdir a job."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time

from rocqshim.backend import BackendError, JobRequest, cgroup
from rocqshim.backend.bus import Bus, Refused
from rocqshim.backend.cgroupslice import CgroupSlice
from rocqshim.backend.jobgroup import JobGroup
from rocqshim.backend.slicefiles import NO_FILE, missing_limits, read_limit
from rocqshim.backend.units import (
    PAUSE,
    START_PATIENCE,
    UNKNOWN,
    ensure_service,
    is_active,
    is_held,
    jobs_service,
    service_left,
    set_limits,
    start_slice,
    stop_units,
)
from rocqshim.limits import Limits, Unenforced, same_limit

USER_SLICE = "rocq.slice"  # above every project's; the user's own cap


class SystemdSlice(CgroupSlice):
    """A project's slice under the user manager (for root: the system manager)."""

    backend = "systemd"

    def __init__(self, bus: Bus, name: str, description: str) -> None:
        super().__init__(name)
        self._bus = bus
        self._description = description
        self._above: list[str] = []
        self._limits = Limits()

    async def open(self) -> None:
        """Start the units, or take over the ones an earlier broker left. Raises BackendError.

        From the first one again where somebody stops them meanwhile, rocq.slice last: a broker
        that releases what it has found empty.
        """
        deadline = time.monotonic() + START_PATIENCE
        while True:
            try:
                return await self._start_units()
            except Refused as error:
                if error.name != UNKNOWN or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(PAUSE)

    async def take_over(self) -> None:
        """Have what an earlier broker left, if it runs; start nothing. Raises BackendError.

        Somebody else may be releasing it: `rocqshim stop` looks while its broker begins.
        """
        self._place(await service_left(self._bus, self.name))

    async def _start_units(self) -> None:
        await start_slice(self._bus, USER_SLICE)  # ours, so that its cap goes with it
        await start_slice(self._bus, self.name)
        self._place(await ensure_service(self._bus, self.name, self._description))

    def _place(self, jobs: str) -> None:
        self._jobs = jobs
        self._above = cgroup.ancestors(os.path.dirname(self._jobs), cgroup.mount())

    async def apply(self, limits: Limits) -> list[Unenforced]:
        """Set the limits and read them back from the kernel. Raises BackendError."""
        self._limits = limits
        await set_limits(self._bus, self.name, limits)
        manager = "the user manager" if os.getuid() else "the system manager"
        missing = missing_limits(self._folder, limits, manager)
        self._soft.choose(limits, missing)
        return missing

    async def cap(self, memory_max: int | None) -> None:
        """Limit rocq.slice, or lift its limit. Raises BackendError."""
        folder = next((path for path in self._above if os.path.basename(path) == USER_SLICE), "")
        found = read_limit(folder, "memory_max")
        if found != NO_FILE and not same_limit("memory_max", memory_max, found):
            await set_limits(self._bus, USER_SLICE, Limits(memory_max=memory_max))

    async def new_job(self, request: JobRequest) -> JobGroup:
        """Make a job cgroup. Raises BackendError."""
        if is_held(self._jobs):
            with contextlib.suppress(BackendError):
                return await super().new_job(request)
        # The units have been stopped from outside (systemctl stop, logout and login), or are about
        # to be gone, and their limits with them.
        await self.open()
        await set_limits(self._bus, self.name, self._limits)
        return await super().new_job(request)

    def folders(self) -> list[str]:
        """The slice's own and those above it."""
        return self._above

    async def is_stopped(self) -> bool:
        """Tell whether the service has been stopped, or is being stopped."""
        return not await is_active(self._bus, jobs_service(self.name))

    async def close(self) -> None:
        """Stop the units, unless another broker of this user has jobs in them."""
        if not self.job_names():
            await stop_units(self._bus, self.name, self._folder)

    async def _attach(self, name: str, pid: int) -> None:
        # Directly where the kernel lets us (both below user@.service, or root), about 50 us;
        # from a session scope the common ancestor is root's, and the manager asks PID 1.
        procs = os.path.join(self._jobs, name, "cgroup.procs")
        if cgroup.write(procs, str(pid)):
            return
        body = (jobs_service(self.name), f"/{name}", [pid])
        await self._bus.call("AttachProcessesToUnit", "ssau", body)
