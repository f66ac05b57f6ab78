"""Jobs that a killed broker left and that no launcher has claimed yet, for ``rocqshim stop``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from rocqshim.backend import JobPlace, JobRequest, Slice, Use
from rocqshim.backend.processes import job_marker
from rocqshim.broker.state import Broker


class Killable(Protocol):
    """What ``stop`` needs of the place of a job."""

    def kill(self) -> None:
        """Kill all of it with SIGKILL, now."""

    def is_empty(self) -> bool:
        """Tell whether no process of it is left."""
        ...

    def use(self) -> Use:
        """Which processes it has."""
        ...


async def unclaimed(broker: Broker, names: Collection[str] | None) -> list[Killable]:
    """What is left in the slices ``names`` (None: in all) and belongs to no job of ours."""
    ours = {
        f"{each.name}/{job.name}" for each in broker.projects.all() for job in each.jobs.values()
    }
    held = {each.name: each.slice for each in broker.projects.all() if each.slice}
    places: list[Killable] = []
    for found in (*held.values(), *await broker.chooser.leftovers(held)):
        if names is None or found.name in names:
            places += await _places(broker, found, ours)
    return places


async def _places(broker: Broker, found: Slice, ours: set[str]) -> list[Killable]:
    """Its job cgroups; each is added to ``ours``, so that nobody counts it twice."""
    names = [name for name in found.job_names() if f"{found.name}/{name}" not in ours]
    ours |= {f"{found.name}/{name}" for name in names}
    broker.stopped |= {f"{found.name}/{name}" for name in names}
    places = [await left_job(broker, found, name) for name in names]
    return [place for place in places if place is not None and not place.is_empty()]


async def left_job(broker: Broker, found: Slice, name: str) -> JobPlace | None:
    """Take over a job that nobody claimed; None when it is gone, or another broker's.

    Two brokers of one user (ROCQSHIM_SOCKET) have the same slices.
    """
    place = await found.adopt_job(JobRequest(name), 0)
    if place is None:
        return None
    pids, job = place.use().pids, f"{found.name}/{name}"
    is_ours = not pids or any(job_marker(pid, broker.chooser.place) == job for pid in pids)
    return place if is_ours else None
