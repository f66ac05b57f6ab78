"""Jobs that a killed broker left: adopted by their launchers, or ended.

A launcher looks at its broker every 5 s and registers its job with the new one. A job that is
in a slice and that nobody claims in that time has lost its launcher too; unless that is there and
cannot (a build that was suspended with Ctrl-Z, a machine short of everything).
"""

from __future__ import annotations

import asyncio

from rocqshim.backend import Slice
from rocqshim.backend.processes import facts_of, read
from rocqshim.broker.lifetime import Listening, others_answer
from rocqshim.broker.state import Broker
from rocqshim.broker.unclaimed import left_job

GRACE = 20.0  # seconds; four of the launcher's ticks


async def kill_orphans(broker: Broker, listening: Listening) -> None:
    """Find what an earlier broker left; end what nobody claims, release what is empty."""
    left = await broker.chooser.leftovers()
    names = [name for found in left for name in found.job_names()]
    broker.count_from(names)
    while left:
        if names:
            await asyncio.sleep(GRACE)
        if others_answer(listening.path) or listening.is_taken():
            return  # the jobs may be those of a broker of another version, or of our successor
        left = [found for found in left if not await _is_ended(broker, found)]


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
    if not any(project.name == found.name for project in broker.projects.all()):
        await found.close()
    return True


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
