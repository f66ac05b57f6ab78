"""What is set on a held child: worked out, and read back from a real one."""

from __future__ import annotations

import asyncio
import os
import resource
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.backend import JobRequest, watch_restraints
from rocqshim.backend.watch_data_limit import FLOOR, INFINITY, data_limit, limit_data, lowest
from rocqshim.backend.watch_restraints import choose_cores
from rocqshim.limits import Limits, cores_of

from .watchdog_support import MIB, SLEEP, Build

CORES = sorted(os.sched_getaffinity(0))
ROCQ_NEEDS = 500 * MIB  # RLIMIT_DATA for an empty file, Rocq 9.2


@given(st.integers(1, 1 << 40), st.none() | st.integers(1, 1 << 40))
def test_the_data_limit_is_above_the_memory_limits_and_lets_rocq_start(
    memory_max: int, job_memory_max: int | None
) -> None:
    found = data_limit(Limits(memory_max=memory_max), job_memory_max)

    assert found is not None
    # twice: what doubles its size reserves twice what it has touched
    assert found >= 2 * min(memory_max, job_memory_max or memory_max) + ROCQ_NEEDS
    assert found >= FLOOR


def test_without_memory_limits_there_is_no_data_limit() -> None:
    assert data_limit(Limits(), None) is None
    assert data_limit(Limits(), 4 << 30) == data_limit(Limits(memory_max=4 << 30), None)


def test_the_lowest_limit_knows_infinity() -> None:
    assert lowest(None, INFINITY) == INFINITY
    assert lowest(None, 7, INFINITY, 5) == 5


@given(st.integers(1, 10**6))
def test_cores_cover_the_quota_and_not_a_whole_core_more(quota: int) -> None:
    assert quota <= cores_of(quota) * 100 < quota + 100


@given(st.sets(st.integers(0, 300), min_size=1), st.integers(1, 400), st.text())
def test_the_same_allowed_cores_are_chosen_for_each_job(
    allowed: set[int], count: int, name: str
) -> None:
    chosen = choose_cores(allowed, count, name)

    assert chosen <= allowed
    assert len(chosen) == min(count, len(allowed))
    assert chosen == choose_cores(sorted(allowed, reverse=True), count, name)


def test_whole_cores_come_before_second_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_restraints, "_sibling_rank", lambda cpu: int(cpu >= 4))

    for name in map(str, range(20)):
        chosen = choose_cores(range(8), 4, name)
        assert len({cpu % 4 for cpu in chosen}) == 4


def test_what_a_held_child_gets_is_there_before_it_execs(build: Build) -> None:
    limits = Limits(memory_max=2 << 30, cpu_quota=50, cpu_weight=50, io_weight=50)

    async def run() -> None:
        await build.slice.apply(limits)
        job = await build.start("job-1", SLEEP)
        pid = build.children["job-1"].pid

        soft, hard = resource.prlimit(pid, resource.RLIMIT_DATA)
        assert soft == data_limit(limits, None)
        assert hard == resource.getrlimit(resource.RLIMIT_DATA)[1]
        assert len(os.sched_getaffinity(pid)) == 1
        assert os.getpriority(os.PRIO_PROCESS, pid) == max(3, os.nice(0))
        io = psutil.Process(pid).ionice()
        assert (io.ioclass, io.value) == (psutil.IOPRIO_CLASS_BE, 6)
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "100\n"
        await job.close()

    asyncio.run(run())


def test_neutral_limits_change_nothing(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(cpu_quota=100 * len(CORES), cpu_weight=100, io_weight=100))
        job = await build.start("job-1", SLEEP)
        pid = build.children["job-1"].pid

        assert resource.prlimit(pid, resource.RLIMIT_DATA) == resource.getrlimit(
            resource.RLIMIT_DATA
        )
        assert sorted(os.sched_getaffinity(pid)) == CORES
        assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0)
        assert psutil.Process(pid).ionice() == psutil.Process().ionice()
        await job.close()

    asyncio.run(run())


def test_what_the_caller_had_set_more_strictly_remains(build: Build) -> None:
    async def run() -> None:
        limits = Limits(memory_max=2 << 30, cpu_weight=50, io_weight=50)
        await build.slice.apply(limits)
        place = await build.slice.new_job(JobRequest("job-1", None, oom_score_adj=100))
        pid = build.hold("job-1", SLEEP).pid
        resource.prlimit(pid, resource.RLIMIT_DATA, (600 * MIB, 700 * MIB))
        os.setpriority(os.PRIO_PROCESS, pid, 15)
        psutil.Process(pid).ionice(psutil.IOPRIO_CLASS_IDLE)
        Path(f"/proc/{pid}/oom_score_adj").write_text("900")

        await place.attach(pid)
        await build.slice.apply(Limits())

        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (600 * MIB, 700 * MIB)
        assert os.getpriority(os.PRIO_PROCESS, pid) == 15
        assert psutil.Process(pid).ionice().ioclass == psutil.IOPRIO_CLASS_IDLE
        assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "900\n"
        await place.close()

    asyncio.run(run())


def test_the_data_limit_follows_the_limits_of_the_slice(build: Build) -> None:
    async def run() -> None:
        await build.slice.apply(Limits(memory_max=2 << 30))
        job = await build.start("job-1", SLEEP)
        pid = build.children["job-1"].pid

        for limits in (Limits(memory_max=8 << 30), Limits(memory_max=1 << 30)):
            await build.slice.apply(limits)
            assert resource.prlimit(pid, resource.RLIMIT_DATA)[0] == data_limit(limits, None)
        await build.slice.apply(Limits())
        assert resource.prlimit(pid, resource.RLIMIT_DATA)[0] == INFINITY
        await job.close()

    asyncio.run(run())


def test_the_data_limit_stops_a_process_that_outruns_the_watchdog(build: Build) -> None:
    at_once = "held = bytearray(3 << 30)"

    async def run() -> None:
        await build.slice.apply(Limits(memory_max=256 * MIB))
        job = await build.start("job-1", at_once)
        build.children["job-1"].wait(30)

        assert build.status("job-1") == 1  # MemoryError, and no kill
        assert job.counters().killed_for is None
        await job.close()

    asyncio.run(run())


def test_refusals_fail_no_job(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    for module, name in (
        (os, "sched_setaffinity"),
        (os, "setpriority"),
        (resource, "prlimit"),
        (psutil.Process, "ionice"),
    ):
        monkeypatch.setattr(module, name, refuse)
    limits = Limits(memory_max=2 << 30, cpu_quota=50, cpu_weight=50, io_weight=50)

    async def run() -> None:
        named = {entry.key: entry.instead for entry in await build.slice.apply(limits)}
        job = await build.start("job-1", SLEEP)
        assert build.status("job-1") is None
        assert named["cpu_quota"] == ""  # nothing stands in for it here
        await job.close()

    asyncio.run(run())


def test_a_process_that_is_gone_is_no_error() -> None:
    limit_data(99999999, 1 << 30, INFINITY)
    watch_restraints.restrain(99999999, watch_restraints.Restraints(1, 5, 6, 100), "rocq.slice")
