"""Real jobs that take too much memory, and what becomes of them."""

from __future__ import annotations

import asyncio
import os

import pytest

from rocqshim.backend import Use
from rocqshim.backend.processes import facts_of
from rocqshim.backend.watch_job import WatchdogJob
from rocqshim.limits import Limits

from .watchdog_support import MIB, ORPHAN, SLEEP, Build, eat, of_slice, until

EVER_MORE = eat(4000, pause=0.005)
FORKS_ON = """
import os, time
while True:  # each child replaces its parent: a moving target
    if os.fork():
        os._exit(0)
    time.sleep(0.001)
"""


async def has_memory(job: WatchdogJob, mib: int) -> None:
    """Wait until the job has so many MiB."""
    await until(lambda: job.use().memory > mib * MIB, f"{mib} MiB")


def test_the_youngest_dies_for_the_slice_and_the_others_live(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=200 * MIB))
        old = await build.start("job-1", eat(60))
        await has_memory(old, 60)
        middle = await build.start("job-2", eat(60))
        await has_memory(middle, 60)
        young = await build.start("job-3", EVER_MORE)

        await until(lambda: build.status("job-3") is not None, "the kill")
        await until(young.is_empty, "its end")

        counted = young.counters()
        assert build.status("job-3") == -9
        assert counted.killed_for == "memory_max"
        assert counted.memory_had is not None and counted.memory_had > 20 * MIB
        assert counted.memory_seen >= counted.memory_had
        assert [build.status(job) for job in ("job-1", "job-2")] == [None, None]
        assert old.counters().killed_for is middle.counters().killed_for is None
        for job in (old, middle, young):
            await job.close()
        assert old.use() == Use(peak=old.use().peak)

    asyncio.run(run())


def test_one_excess_costs_one_job_even_if_its_memory_takes_time_to_go(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=1024 * MIB))
        jobs = [await build.start(f"job-{n}", eat(60)) for n in range(4)]
        for job in jobs:
            await has_memory(job, 60)

        await build.slice.apply(Limits(memory_max=230 * MIB))
        await until(lambda: build.status("job-3") is not None, "the kill")
        await asyncio.sleep(1)

        assert [build.status(f"job-{n}") for n in range(4)] == [None, None, None, -9]
        for job in jobs:
            await job.close()

    asyncio.run(run())


def test_the_last_job_dies_if_it_exceeds_alone(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=100 * MIB))
        job = await build.start("job-1", EVER_MORE)
        await until(lambda: build.status("job-1") is not None, "the kill")

        assert job.counters().killed_for == "memory_max"
        await job.close()

    asyncio.run(run())


def test_a_job_dies_for_its_own_limit(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=4000 * MIB))
        limited = await build.start("job-1", EVER_MORE, memory_max=80 * MIB)
        free = await build.start("job-2", eat(100))
        await until(lambda: build.status("job-1") is not None, "the kill")

        counted = limited.counters()
        assert build.status("job-1") == -9
        assert counted.killed_for == "job_memory_max"
        assert counted.memory_had is not None and counted.memory_had > 80 * MIB
        assert counted.levels == build.slice.levels()
        assert build.status("job-2") is None
        await limited.close()
        await free.close()

    asyncio.run(run())


def test_orphans_in_a_session_of_their_own_count_and_die_with_the_job(build: Build) -> None:
    async def run() -> None:
        job = await build.start("job-1", ORPHAN)
        await has_memory(job, 40)
        (orphan,) = set(job.use().pids) - {build.children["job-1"].pid}
        facts = facts_of(orphan)
        assert facts is not None and facts.parent != build.children["job-1"].pid
        os.kill(build.children["job-1"].pid, 9)
        build.children["job-1"].wait()

        await until(lambda: job.use().pids == (orphan,), "the main process to go")
        assert not job.is_empty()
        await job.close()

        assert job.is_empty()
        assert of_slice(build.slice.name) == set()

    asyncio.run(run())


def test_an_orphan_is_killed_for_the_memory_it_has(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=1 << 30))
        job = await build.start("job-1", ORPHAN, memory_max=30 * MIB)
        await until(lambda: job.counters().killed_for is not None, "the kill")
        await until(job.is_empty, "the end of all of it")

        assert of_slice(build.slice.name) == set()
        await job.close()

    asyncio.run(run())


def test_a_job_that_forks_all_the_time_does_not_get_away(build: Build) -> None:
    async def run() -> None:
        job = await build.start("job-1", FORKS_ON)
        await until(lambda: build.status("job-1") is not None, "the first generation")
        await until(lambda: bool(job.use().pids), "a later one")
        job.kill()
        await until(job.is_empty, "its end")

        # One look in /proc can miss it as well: its process group is looked for, again and again.
        assert not any(build.group("job-1") for _ in range(200))
        await job.close()

    asyncio.run(run())


def test_kill_is_not_called_a_memory_kill(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=1 << 30))
        job = await build.start("job-1", SLEEP)
        job.kill()
        await until(lambda: build.status("job-1") is not None, "its end")

        assert build.status("job-1") == -9
        assert job.counters().killed_for is None
        await job.close()

    asyncio.run(run())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another user's process")
def test_another_users_descendant_belongs_to_the_job(build: Build) -> None:
    program = f"import os; os.setgid(65534); os.setuid(65534)\n{eat(40)}"
    parent = f"import subprocess, sys; subprocess.call([sys.executable, '-S', '-c', {program!r}])"

    async def run() -> None:
        job = await build.start("job-1", parent)
        await has_memory(job, 40)
        job.kill()
        await until(job.is_empty, "its end")
        await job.close()

    asyncio.run(run())
