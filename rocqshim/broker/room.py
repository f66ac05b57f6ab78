"""The room that a slice has for its jobs at this moment, looked at not too often."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from rocqshim.admission.model import Room, room_for_jobs
from rocqshim.backend import Slice
from rocqshim.backend.host import host_left, pressure
from rocqshim.limits import Limits, cores_of
from rocqshim.settings.enclosing import Level, levels, limited

FRESH = 0.05  # seconds; a look costs 0.1 ms, and 64 launchers may ask at once
CALM = 10.0  # per cent of the time in which nothing in the slice went on for want of memory


@dataclass
class Looked:
    """What changes by itself: the host's memory, and whether the slice is calm."""

    host: int | None = None
    calm: bool = True
    at: float = float("-inf")


class RoomOf:
    """The room in one slice. extra: cores that workers of its jobs have taken."""

    def __init__(self, extra: Callable[[], int]) -> None:
        self.extra = extra
        self._room = Room()
        self._looked = Looked()
        self._slice: Slice | None = None
        self._around: list[Level] = []
        self._here = len(os.sched_getaffinity(0))

    def set(self, opened: Slice, limits: Limits, cap: int | None, cores: int) -> None:
        """The slice is open, with these limits.

        cap: compilers at once, None for any number. cores: of the machine.
        """
        self._slice, self._here = opened, cores
        self._around = [] if opened.folders() else limited(levels())
        quota = None if limits.cpu_quota is None else cores_of(limits.cpu_quota)
        self._room = Room(room_for_jobs(limits.memory_max), quota, cap)
        self._looked = Looked()

    @property
    def cores(self) -> int:
        """How many cores the slice has: its quota's, at most the machine's."""
        return min(self._here, self._room.cores or self._here)

    @property
    def memory(self) -> int | None:
        """Bytes that all jobs may share."""
        return self._room.memory

    def now(self) -> Room:
        """The room at this moment."""
        opened = self._slice
        if opened is not None and time.monotonic() - self._looked.at > FRESH:
            folders = opened.folders()
            calm = opened.has_room() and not (folders and pressure(folders[0]) >= CALM)
            self._looked = Looked(host_left(folders, self._around), calm, time.monotonic())
        cores = self._room.cores
        if cores is not None:
            cores = max(1, cores - self.extra())
        return replace(self._room, cores=cores, host=self._looked.host, calm=self._looked.calm)
