"""Why a job waits. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.admission.model import Room, Waiting
from rocqshim.admission.queue import Queue

WORDS = (
    "memory",  # of the slice's memory-max too little is free
    "host",  # the machine, or a cgroup above the slice, has too little
    "cores",  # of cpu-quota all are busy
    "jobs",  # as many run as the setting allows
    "pressure",  # jobs in the slice wait for memory (PSI), or it has too many tasks
    "exclusive",  # one of two is to run alone
    "turn",  # it could start: others go first
    "paused",  # somebody has paused the queue
    "stopped",  # it is itself stopped (Ctrl-Z)
)


@dataclass(frozen=True)
class Reason:
    """One of WORDS. needs, free: bytes, for ``memory`` and ``host``."""

    word: str
    needs: int = 0
    free: int = 0


def why(job: Waiting, queue: Queue, room: Room) -> Reason:
    """Why a job that waits has not started, in the order in which `Queue.choose` asks."""
    if not queue.compiling:
        return Reason("turn")
    if queue.is_exclusive or job.exclusive:
        return Reason("exclusive")
    if room.cores is not None and queue.busy >= room.cores:
        return Reason("cores")
    if room.cap is not None and queue.busy >= room.cap:
        return Reason("jobs")
    if not room.calm:
        return Reason("pressure")
    return _by_memory(job, queue, room)


def _by_memory(job: Waiting, queue: Queue, room: Room) -> Reason:
    free = queue.free(room)  # negative where jobs hold more than was promised
    if job.peak <= free:
        return Reason("turn")
    in_slice = room.memory is not None and job.peak > room.memory - queue.held
    return Reason("memory" if in_slice else "host", job.peak, max(0, int(free)))
