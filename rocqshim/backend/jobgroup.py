"""One job cgroup: a leaf of our own below a delegated cgroup, made by mkdir, removed by rmdir."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping

from rocqshim.backend import BackendError, JobCounters, JobRequest, Level, Use, cgroup
from rocqshim.backend.softening import Softening

PATIENCE = 2.0  # seconds for a killed job to be gone; SIGKILL waits only for uninterruptible I/O

Attach = Callable[[str, int], Awaitable[None]]


class JobGroup:
    """A job's cgroup ``path``; ``attach`` moves a process there when the launcher may not."""

    def __init__(
        self, path: str, levels: Callable[[], tuple[Level, ...]], attach: Attach, soft: Softening
    ) -> None:
        self.path = path
        self.procs = os.path.join(path, "cgroup.procs")
        self._levels = levels
        self._attach = attach
        self._soft = soft
        self._score = 0  # 0 to 1000, on top of what it has inherited
        self._inherited: int | None = None

    def make(self, request: JobRequest) -> None:
        """Make the leaf with its limits. Raises BackendError."""
        try:
            os.mkdir(self.path)
        except OSError as error:
            raise BackendError(f"{self.path}: {error.strerror}") from None
        # One process of a job alone being killed reads as an anomaly of Rocq (exit 129), and
        # leaves its workers behind: the kernel takes all of it or none. Since Linux 4.19.
        self._set("memory.oom.group", "1")
        if request.memory_max is not None:
            self._set("memory.max", str(request.memory_max))
            self._set("memory.swap.max", "0")  # memory.max alone lets it grow into swap
        self._score = request.oom_score_adj

    @property
    def counts_peak(self) -> bool:
        """Since Linux 5.19."""
        return os.path.exists(os.path.join(self.path, "memory.peak"))

    async def attach(self, pid: int) -> None:
        """Move the held child here by way of the manager. Raises BackendError."""
        await self._attach(os.path.basename(self.path), pid)

    def started(self, pid: int) -> None:
        """Set what belongs to the process and not to the cgroup."""
        # On top of what it has: services of a user start at 200, and only root may go below.
        inherited = cgroup.read(f"/proc/{pid}/oom_score_adj")
        self._inherited = int(inherited) if inherited.isdigit() else None
        self._write_score([pid])
        self._soft.apply(pid)

    def rescore(self, score: int) -> None:
        """Set it on all processes of the job, where it has changed."""
        if score != self._score:
            self._score = score
            self._write_score(cgroup.pids(self.path))

    def _write_score(self, pids: Iterable[int]) -> None:
        if self._inherited is not None:
            score = self._inherited + self._score * (1000 - self._inherited) // 1000
            for pid in pids:
                cgroup.write(f"/proc/{pid}/oom_score_adj", str(score))

    def held(self) -> int:
        """memory.current without what the kernel can take back: files' pages, most of slab."""
        return held_in(self.path)

    def use(self) -> Use:
        """Memory and tasks now, in bytes and processes."""
        return read_use(self.path)

    def counters(self) -> JobCounters:
        """Read what the kernel counted for this job."""
        local = self._table("memory.events.local") or self._table("memory.events")
        cpu = self._table("cpu.stat")
        return JobCounters(
            memory_peak=cgroup.number(os.path.join(self.path, "memory.peak")),
            swap_peak=cgroup.number(os.path.join(self.path, "memory.swap.peak")),
            user=cpu["user_usec"] / 1e6 if "user_usec" in cpu else None,
            system=cpu["system_usec"] / 1e6 if "system_usec" in cpu else None,
            oom=local.get("oom", 0),
            oom_kill=self._table("memory.events").get("oom_kill", 0),
            oomd_kills=oomd_kills(self.path),
            levels=self._levels(),
            cache=cache_in(self._table("memory.stat")),
        )

    def kill(self) -> None:
        """SIGKILL all of it."""
        cgroup.kill(self.path)

    def is_empty(self) -> bool:
        """Tell whether no process is left."""
        return not cgroup.is_populated(self.path)

    async def close(self) -> None:
        """Kill what is left (orphaned ``par:`` workers), wait at most PATIENCE, remove."""
        if not self.is_empty():
            self.kill()
        pause, waited = 0.001, 0.0
        while not cgroup.remove(self.path) and waited < PATIENCE:
            await asyncio.sleep(pause)
            waited, pause = waited + pause, min(pause * 2, 0.1)

    def _set(self, name: str, text: str) -> None:
        cgroup.write(os.path.join(self.path, name), text)

    def _table(self, name: str) -> dict[str, int]:
        return cgroup.table(os.path.join(self.path, name))


def read_use(path: str) -> Use:
    """What a cgroup uses now; zeros when it is gone."""
    return Use(
        memory=cgroup.number(os.path.join(path, "memory.current")) or 0,
        peak=cgroup.number(os.path.join(path, "memory.peak")),
        tasks=cgroup.number(os.path.join(path, "pids.current")) or 0,
        pids=cgroup.pids(path),
    )


def held_in(path: str) -> int:
    """Bytes of a cgroup that the kernel cannot take back; 0 when it is gone."""
    used = cgroup.number(os.path.join(path, "memory.current")) or 0
    return max(used - cache_in(cgroup.table(os.path.join(path, "memory.stat"))), 0)


def cache_in(stat: Mapping[str, int]) -> int:
    """Bytes of page cache in a memory.stat. ``file`` counts shared memory, which is no cache."""
    files = stat.get("file", 0) - stat.get("shmem", 0)
    return max(files, 0) + stat.get("slab_reclaimable", 0)


def read_levels(paths: list[str]) -> tuple[Level, ...]:
    """The ``oom`` counters of the cgroups above the jobs, nearest first.

    memory.events.local counts a cgroup's own limit; memory.events would add those below.
    """
    return tuple(
        Level(
            os.path.basename(path),
            cgroup.table(os.path.join(path, "memory.events.local")).get("oom"),
        )
        for path in paths
    )


def oomd_kills(path: str) -> int:
    """How often systemd-oomd killed here (xattrs user.oomd_ooms, user.oomd_kill; man oomd)."""
    counts = (cgroup.attribute(path, name) for name in ("user.oomd_ooms", "user.oomd_kill"))
    return max(int(count) if count.isdigit() else 0 for count in counts)
