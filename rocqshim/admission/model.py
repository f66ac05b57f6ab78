"""The plain data of admission: who waits, who runs, and what room there is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """A job that has asked to start.

    number: order of arrival, unique in its queue. peak: bytes that it is predicted to need.
    priority: seconds of the longest path from its start to the end of the build; the longest goes
    first. seconds: how long it is predicted to run, None if nobody knows. exclusive: it runs
    alone. interactive: somebody sits in front of it, so it never queues (its memory counts).
    """

    number: int
    peak: int = 0
    priority: float = 0.0
    seconds: float | None = None
    exclusive: bool = False
    interactive: bool = False


@dataclass
class Running:
    """A job that runs.

    reservation: bytes promised to it. use: bytes that it uses now. started: when, in seconds of
    the caller's clock. seconds: how long it is predicted to run in all, None if nobody knows.
    interactive: it may last for days, so that nobody waits for its end; only its memory counts.
    stopped: by Ctrl-Z, for as long as its user likes: it needs its memory and no core.
    """

    number: int
    reservation: int = 0
    use: int = 0
    started: float = 0.0
    seconds: float | None = None
    exclusive: bool = False
    interactive: bool = False
    stopped: bool = False

    @property
    def held(self) -> int:
        """Bytes that nobody else may count on."""
        return max(self.reservation, self.use)

    @property
    def growth(self) -> int:
        """Bytes that it has been promised and has not taken yet."""
        return max(0, self.reservation - self.use)


@dataclass(frozen=True)
class Room:
    """What there is to share out, at this moment. None: no limit, or not known.

    memory: bytes of the slice's memory-max, less the reserve for page cache. cores: whole cores
    of cpu-quota. cap: the setting ``jobs``. host: bytes that the host can still give (the least
    of MemAvailable and of what each cgroup above the slice has left). calm: no memory pressure
    in the slice (PSI), no lack of tasks.
    """

    memory: int | None = None
    cores: int | None = None
    cap: int | None = None
    host: int | None = None
    calm: bool = True


def room_for_jobs(
    memory_max: int | None, share: float = 0.02, most: int = 256 * 2**20
) -> int | None:
    """Bytes of memory-max that jobs may share, the reserve for page cache taken off.

    share of memory-max, and at ``most`` bytes: what the compilers of one project read again and
    again (.vo files) is a few hundred megabytes, however large the limit is.
    """
    return None if memory_max is None else memory_max - min(int(memory_max * share), most)
