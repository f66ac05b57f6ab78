"""Jobs that a killed broker left: adopted by their launchers, or ended.

A launcher looks at its broker every 5 s and registers its job with the new one. A job that is
in a slice and that nobody claims in that time has lost its launcher too; unless that is there and
cannot (a build that was suspended with Ctrl-Z, a machine short of everything).
"""

from __future__ import annotations

import asyncio
import contextlib

from rocqshim.backend import BackendError, JobRequest, Slice
from rocqshim.backend.processes import facts_of, read
from rocqshim.broker.lifetime import Listening, others_answer
from rocqshim.broker.log import LOG
from rocqshim.broker.state import Broker
from rocqshim.broker.unclaimed import left_job

GRACE = 20.0  # seconds; four of the launcher's ticks


class Orphans:
    """What one broker does about them, beside all else, from its start to its end."""

    def __init__(self, broker: Broker, listening: Listening) -> None:
        self._broker, self._listening = broker, listening
        self._found = asyncio.create_task(self._find())
        self._killing = asyncio.create_task(self._kill())

    async def leave(self) -> None:
        """Release what is empty by now. What has jobs is the next broker's."""
        if self._killing.cancel():
            with contextlib.suppress(BackendError):
                for found in await self._found:
                    if not self._are_others() and not await _has_processes(found):
                        await self._is_done_with(found)

    async def _find(self) -> list[Slice]:
        """The slices with jobs; those without are released at once."""
        left = await self._broker.chooser.leftovers()
        self._broker.count_from([name for found in left for name in found.job_names()])
        return await self._release_empty(left)

    async def _kill(self) -> None:
        left = await asyncio.shield(self._found)
        while left:
            await asyncio.sleep(GRACE)
            if self._are_others():
                return
            left = [found for found in left if not await self._is_done_with(found)]

    async def _release_empty(self, left: list[Slice]) -> list[Slice]:
        if not left or self._are_others():
            return []
        return [found for found in left if found.job_names() or not await self._is_done_with(found)]

    async def _is_done_with(self, found: Slice) -> bool:
        try:
            return await _is_ended(self._broker, found)
        except BackendError as error:  # one that cannot be released keeps no other
            LOG.warning("%s cannot be released: %s", found.name, error)
            return True

    def _are_others(self) -> bool:
        """Whether all that is another's: a broker's of another version, or our successor's."""
        return others_answer(self._listening.path) or self._listening.is_taken()


async def _is_ended(broker: Broker, found: Slice) -> bool:
    """End what nobody can claim any more; False while somebody still can."""
    claimable = False
    known = {
        job.name
        for project in broker.projects.all()
        if project.name == found.name
        for job in project.jobs.values()
    }
    for name in set(found.job_names()) - known:
        job = await left_job(broker, found, name)
        if job is not None and has_launcher(job.use().pids):
            claimable = True
        elif job is not None:
            await job.close()
    if claimable:
        return False
    # A project that was only asked about, as by `rocqshim stop`, does not have its slice.
    held = (it.name for it in broker.projects.all() if it.slice is not None or it.coming)
    if found.name not in held:
        await found.close()
    return True


async def _has_processes(found: Slice) -> bool:
    """Whether anything runs in it: where all was killed, the cgroups of jobs are still there."""
    places = [await found.adopt_job(JobRequest(name), 0) for name in found.job_names()]
    return any(place is not None and not place.is_empty() for place in places)


def has_launcher(pids: tuple[int, ...]) -> bool:
    """Whether the launcher of a job with these processes lives: the parent of its compiler."""
    parents = {facts.parent for facts in map(facts_of, pids) if facts} - set(pids)
    return any(map(_is_launcher, parents))


def _is_launcher(pid: int) -> bool:
    try:
        words = read(pid, "cmdline").split(b"\0")
    except OSError:
        return False
    as_command = any(word.endswith(b"/rocqshim") for word in words) and b"exec" in words
    return as_command or any(word.endswith(b"/rocqshim/launch/_start.py") for word in words)
