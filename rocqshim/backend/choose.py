"""Which backend holds a project's slice: the first that can, the strictest first."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rocqshim.backend import BackendError, Slice, cgroup
from rocqshim.backend.allocation import allocation
from rocqshim.backend.bus import Bus, private_socket
from rocqshim.backend.cgroup2 import Cgroup2Slice, find_base, slices_above
from rocqshim.backend.slicefiles import NO_FILE, read_limit
from rocqshim.backend.systemd import SystemdSlice
from rocqshim.backend.watchdog import WatchdogSlice, slices_left
from rocqshim.settings.model import Settings

ORDER = ("systemd", "cgroup2", "watchdog")
AUTO = "Set backend to auto, or see: rocqshim doctor"


@dataclass(frozen=True)
class Caller:
    """The launcher that asks: its environment (ours only), pid and cgroup v2 path."""

    environ: Mapping[str, str]
    pid: int

    @cached_property
    def cgroup(self) -> str:
        """Read only when a slice is opened: it takes up to a millisecond, and jobs are many."""
        return cgroup.of_process(self.pid)


@dataclass
class Chooser:
    """Opens slices; keeps the one connection to the systemd manager."""

    place: str  # the broker's socket: by it a job is known as ours
    bus: Bus = field(default_factory=Bus)

    async def open_slice(self, name: str, settings: Settings, caller: Caller) -> tuple[Slice, str]:
        """Open the slice ``name`` on the best backend.

        Gives it with a line about a backend that was asked for and cannot be had, or "".
        Raises BackendError where none can.
        """
        asked = settings.backend.value
        reasons = []
        for backend in ORDER[ORDER.index(asked) :] if asked in ORDER else ORDER:
            try:
                opened = await self._maker(backend)(name, settings, caller)
            except BackendError as error:
                reasons.append(f"{backend}: {error}")
                continue
            is_other = asked in ORDER and backend != asked
            return (
                opened,
                f"backend {asked} cannot be had ({reasons[0]}). {AUTO}" if is_other else "",
            )
        raise BackendError("; ".join(reasons))

    async def leftovers(self, held: Collection[str] = ()) -> list[Slice]:
        """Open the slices that an earlier broker left, on every backend that has some.

        held: those that we have open ourselves, which are left out.
        """
        found: list[Slice] = []
        for look in (self._left_units, self._left_cgroups, self._left_processes):
            try:
                found += await look(held)
            except BackendError:
                continue  # this backend cannot be had here, so it left nothing
        return found

    async def _left_units(self, held: Collection[str]) -> list[Slice]:
        if not os.path.exists(private_socket()):
            return []
        # Slices, too: with its holder killed, a service is gone, and its slice is not.
        body = (["active"], ["rocq-*-jobs.service", "rocq-*.slice"])
        units = (await self.bus.call("ListUnitsByPatterns", "asas", body))[0]
        stems = [str(unit[0]).removesuffix("-jobs.service") for unit in units]
        names = dict.fromkeys(f"{stem.removesuffix('.slice')}.slice" for stem in stems)
        left = [SystemdSlice(self.bus, name, "") for name in names if name not in held]
        return await _had((entry, entry.take_over()) for entry in left)

    async def _left_cgroups(self, held: Collection[str]) -> list[Slice]:
        left = slices_above(cgroup.mount() + cgroup.of_process())
        found = [Cgroup2Slice(base, name) for base, name in left if name not in held]
        return await _had((entry, entry.open()) for entry in found)

    async def _left_processes(self, held: Collection[str]) -> list[Slice]:
        left = slices_left(self.place)
        return [WatchdogSlice(name, self.place) for name in left if name not in held]

    def _maker(self, backend: str) -> Callable[[str, Settings, Caller], Awaitable[Slice]]:
        makers = {"systemd": self._systemd, "cgroup2": self._cgroup2, "watchdog": self._watchdog}
        return makers[backend]

    async def _systemd(self, name: str, settings: Settings, caller: Caller) -> Slice:
        inside = allocation(caller.environ, caller.cgroup, os.getuid(), _limited(caller.cgroup))
        if inside:
            raise BackendError(f"inside {inside}, which no job may leave")
        if settings.backend.value != "systemd" and not cgroup.limits_memory():
            raise BackendError("no cgroup v2 with a memory controller is mounted here")
        description = f"Compilers of {settings.root}"
        made = SystemdSlice(self.bus, name, description)
        await made.open()
        return made

    async def _cgroup2(self, name: str, settings: Settings, caller: Caller) -> Slice:
        base = find_base(cgroup.mount() + caller.cgroup)
        made = Cgroup2Slice(base, name)
        await made.open()
        return made

    async def _watchdog(self, name: str, settings: Settings, caller: Caller) -> Slice:
        made = WatchdogSlice(name, self.place)
        await made.open()
        return made


async def _had(found: Iterable[tuple[Slice, Awaitable[None]]]) -> list[Slice]:
    """Those that can be had: a stuck unit or another user's cgroup hides no other."""
    had = []
    for entry, opening in found:
        with contextlib.suppress(BackendError):
            await opening
            had.append(entry)
    return had


def _limited(path: str) -> str:
    """The nearest cgroup from ``path`` upwards with a memory or CPU limit, or ""."""
    for folder in cgroup.ancestors(cgroup.mount() + path, cgroup.mount()):
        if any(
            read_limit(folder, key) not in (None, NO_FILE) for key in ("memory_max", "cpu_quota")
        ):
            return os.path.basename(folder)
    return ""
