"""The slice: what it says, counts, takes over and leaves."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from rocqshim.backend import BackendError, JobRequest, Level, Slice, Use, processes
from rocqshim.backend import watch_unenforced as unenforced
from rocqshim.backend.watchdog import WatchdogSlice
from rocqshim.limits import Limits

from .watchdog_support import MIB, ORPHAN, SLEEP, Build, eat, until

CORES = len(os.sched_getaffinity(0))
ALL = Limits(8 << 30, 6 << 30, 0, 150, 50, 50, 300)
THREADS = """
import threading, time
for _ in range(4):
    threading.Thread(target=time.sleep, args=(100,)).start()
"""
CHILDREN = f"""
import subprocess, sys, time
children = [subprocess.Popen([sys.executable, "-S", "-c", {SLEEP!r}]) for _ in range(3)]
time.sleep(100)
"""


def named(limits: Limits) -> dict[str, str]:
    return {entry.key: entry.instead for entry in unenforced.unenforced(limits)}


@pytest.fixture
def big_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unenforced, "_cores", lambda: 36)
    monkeypatch.setattr(unenforced, "has_swap", lambda: True)


def test_it_is_a_slice(build: Build) -> None:
    made: Slice = build.slice

    assert made.backend == "watchdog"
    assert made.levels() == (Level(made.name, None),)
    assert made.use() == Use(peak=0)
    assert made.limits() == Limits()


@pytest.mark.usefixtures("big_machine")
def test_what_is_only_approximated_is_named_with_what_is_done_instead() -> None:
    assert named(ALL) == {
        "memory_max": "sampling every 0.2 s and killing the youngest job",
        "memory_high": "",
        "memory_swap_max": "swap counts as memory",
        "cpu_quota": "using 2 of 36 cores",
        "cpu_weight": "using nice 3",
        "io_weight": "using ionice best-effort 6",
        "tasks_max": "counting tasks before a job starts",
    }


@pytest.mark.usefixtures("big_machine")
def test_whole_cores_and_neutral_weights_are_held() -> None:
    assert named(Limits(cpu_quota=2700, cpu_weight=100, io_weight=100)) == {}
    assert named(Limits()) == {}
    assert named(Limits(cpu_quota=3650)) == {}  # above what there is


@pytest.mark.usefixtures("big_machine")
def test_a_weight_above_neutral_has_no_stand_in() -> None:
    assert named(Limits(cpu_weight=200, io_weight=200)) == {"cpu_weight": "", "io_weight": ""}


def test_without_swap_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unenforced, "has_swap", lambda: False)

    assert named(Limits(memory_swap_max=0)) == {}


@pytest.mark.usefixtures("big_machine")
def test_the_limits_are_those_that_are_watched(build: Build) -> None:
    asyncio.run(build.slice.apply(ALL))

    assert build.slice.limits() == Limits(memory_max=8 << 30, cpu_quota=200, tasks_max=300)


def test_where_affinity_is_refused_no_quota_is_claimed(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unenforced, "_cores", lambda: 0)

    asyncio.run(build.slice.apply(Limits(cpu_quota=200)))

    assert named(Limits(cpu_quota=200)) == {"cpu_quota": ""}
    assert build.slice.limits() == Limits()


def test_it_needs_proc(build: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asyncio.run(build.slice.open())
    monkeypatch.setattr(processes, "PROC", str(tmp_path))

    with pytest.raises(BackendError, match="/proc"):
        asyncio.run(build.slice.open())


def test_children_and_threads_are_tasks(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(tasks_max=11))
        assert build.slice.has_room()
        threads = await build.start("job-1", THREADS)
        children = await build.start("job-2", CHILDREN)
        await until(lambda: threads.use().tasks == 5, "its threads")
        await until(lambda: children.use().tasks == 4, "its children")
        assert len(children.use().pids) == 4
        assert build.slice.use().tasks == 9
        assert build.slice.has_room()

        await build.slice.new_job(JobRequest("job-3", None, 0))
        assert build.slice.has_room()
        coming = await build.slice.new_job(JobRequest("job-4", None, 0))
        assert not build.slice.has_room()  # two that are about to start count as well
        await coming.close()
        assert build.slice.has_room()
        for job in (threads, children):
            await job.close()

    asyncio.run(run())


def test_the_slice_adds_its_jobs_up_and_keeps_the_peak(build: Build) -> None:
    async def run() -> None:
        jobs = [await build.start(f"job-{n}", eat(30)) for n in range(2)]
        await until(lambda: build.slice.use().memory > 60 * MIB, "60 MiB together")
        peak = build.slice.use().peak
        for job in jobs:
            await job.close()

        assert peak is not None and peak > 60 * MIB
        after = build.slice.use()
        assert (after.memory, after.tasks, after.pids) == (0, 0, ())
        assert after.peak is not None and after.peak >= peak

    asyncio.run(run())


def test_a_fork_without_exec_does_not_double_the_memory(build: Build) -> None:
    program = "import os, time; held = bytearray(b'x') * (64 << 20); os.fork(); time.sleep(100)"

    async def run() -> None:
        await build.slice.apply(Limits(memory_max=110 * MIB))
        job = await build.start("job-1", program)
        await until(lambda: len(job.use().pids) == 2, "the fork")
        await asyncio.sleep(1)

        assert 64 * MIB < job.use().memory < 100 * MIB
        assert build.status("job-1") is None
        await job.close()

    asyncio.run(run())


def test_a_child_that_is_gone_cannot_be_placed(build: Build) -> None:
    async def run() -> None:
        job = await build.slice.new_job(JobRequest("job-1", None, 0))
        for pid in (99999999, os.getpid(), 1):
            with pytest.raises(BackendError, match="gone"):
                await job.attach(pid)
        await job.close()

    asyncio.run(run())


def test_jobs_are_found_and_taken_over_after_a_crash(build: Build) -> None:
    async def run() -> None:
        await build.start("job-3", SLEEP)
        await build.start("job-4", SLEEP)
        await build.slice.close()  # the crash: nobody watches any more
        # Only a slice that has not started them has to look for their markers.
        after = WatchdogSlice(build.slice.name)
        both = ["job-3", "job-4"]
        await until(lambda: WatchdogSlice(build.slice.name).job_names() == both, "their markers")
        assert after.job_names() == both
        await after.apply(Limits(memory_max=1 << 30))
        taken = await after.adopt_job(JobRequest("job-3"), build.children["job-3"].pid)
        unclaimed = await after.adopt_job(JobRequest("job-4"), 0)
        assert taken is not None and unclaimed is not None
        assert await after.adopt_job(JobRequest("job-9"), 99999999) is None
        assert taken.use().pids == (build.children["job-3"].pid,)
        await unclaimed.close()
        await until(lambda: build.status("job-4") == -9, "the end of the unclaimed one")
        assert build.status("job-3") is None

        await after.apply(Limits(memory_max=1 * MIB))
        await until(lambda: build.status("job-3") is not None, "the kill of the other")
        assert taken.counters().killed_for == "memory_max"
        await taken.close()
        assert after.job_names() == []

    asyncio.run(run())


def test_an_orphan_whose_compiler_ended_before_the_crash_is_taken_over(build: Build) -> None:
    async def run() -> None:
        job = await build.start("job-1", ORPHAN)
        await until(lambda: job.use().memory > 40 * MIB, "the orphan")
        main = build.children["job-1"]
        main.kill()
        main.wait()

        after = WatchdogSlice(build.slice.name)
        taken = await after.adopt_job(JobRequest("job-1"), main.pid)
        assert taken is not None
        assert len(taken.use().pids) == 1
        await taken.close()
        assert after.job_names() == []

    asyncio.run(run())


def test_a_job_of_the_same_name_under_another_broker_is_left_alone(build: Build) -> None:
    other = Build(build.slice.name)

    async def run() -> None:
        theirs = await other.start("job-1", SLEEP)
        await until(lambda: other.slice.job_names() == ["job-1"], "its marker")
        await asyncio.sleep(0.05)  # start times are told in hundredths of a second
        ours = await build.start("job-1", SLEEP)
        await until(lambda: bool(ours.use().pids), "ours")
        assert ours.use().pids == (build.children["job-1"].pid,)
        await ours.close()

        assert other.status("job-1") is None
        await theirs.close()

    try:
        asyncio.run(run())
    finally:
        other.end()


def test_it_samples_only_while_there_are_jobs(build: Build) -> None:
    async def run() -> None:
        first = await build.start("job-1", SLEEP)
        assert len(asyncio.all_tasks()) == 2
        await first.close()
        await until(lambda: len(asyncio.all_tasks()) == 1, "the end of the sampling")
        second = await build.start("job-2", SLEEP)
        assert len(asyncio.all_tasks()) == 2
        await build.slice.close()
        await until(lambda: len(asyncio.all_tasks()) == 1, "the end at the slice's close")
        await second.close()

    asyncio.run(run())


def test_the_watchdog_survives_a_shortage_of_file_descriptors(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    async def run() -> None:
        await build.slice.apply(Limits(memory_max=1 << 30))
        job = await build.start("job-1", eat(60))
        with monkeypatch.context() as short:
            short.setattr(processes, "open", refuse, raising=False)
            await asyncio.sleep(0.5)
        await build.slice.apply(Limits(memory_max=30 * MIB))
        await until(lambda: build.status("job-1") is not None, "the kill")
        await job.close()

    asyncio.run(run())
