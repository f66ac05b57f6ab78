"""Facts, memory and the kill, on real processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from rocqshim.backend import processes
from rocqshim.backend.process_memory import fair_memory_of, memory_of
from rocqshim.backend.processes import Process, facts_of, job_marker, kill

from .watchdog_support import MIB, SLEEP, eat, until

Start = Callable[..., "subprocess.Popen[bytes]"]
NOBODY = 99999999  # above the highest pid_max
FORKS = """
import os, time
held = bytearray(b"x") * (64 << 20)
os.fork()
time.sleep(100)
"""


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def run(program: str, **environ: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-S", "-c", program]
        started.append(subprocess.Popen(command, env=environ, start_new_session=True))
        return started[-1]

    yield run
    for child in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, 9)
        child.wait()


def process_of(pid: int) -> Process:
    facts = facts_of(pid)
    assert facts is not None
    return facts.process


def test_facts_of_ourselves() -> None:
    facts = facts_of(os.getpid())

    assert facts is not None
    assert facts.parent == os.getppid()
    assert facts.threads >= 1
    assert not facts.is_gone
    assert os.getpid() in processes.all_pids()


def test_nobody_has_no_facts_no_memory_and_no_marker() -> None:
    assert facts_of(NOBODY) is None
    assert memory_of(NOBODY) == (0, 0)
    assert fair_memory_of(NOBODY) is None
    assert job_marker(NOBODY) == ""
    kill(Process(NOBODY, 1))


def test_the_marker_is_read_whole(start: Start) -> None:
    child = start(
        SLEEP,
        NOT_ROCQSHIM_JOB="no",
        ROCQSHIM_JOB="rocq-é.slice/job-1@/run/a.sock",
        Z="1",
    )

    asyncio.run(until(lambda: job_marker(child.pid, "/run/a.sock") != "", "its environment"))

    assert job_marker(child.pid, "/run/a.sock") == "rocq-é.slice/job-1"
    assert job_marker(child.pid, "/run/b.sock") == ""
    assert job_marker(child.pid) == ""


def test_memory_is_what_was_taken(start: Start) -> None:
    child = start(eat(64))

    asyncio.run(until(lambda: memory_of(child.pid).now > 64 * MIB, "its 64 MiB"))

    now, peak = memory_of(child.pid)
    assert 64 * MIB < now <= peak < 90 * MIB  # beside it, the interpreter


def test_memory_shared_by_a_fork_is_counted_once(start: Start) -> None:
    child = start(FORKS)
    pids = [child.pid]

    def both_are_there() -> bool:
        pids[1:] = [pid for pid in processes.all_pids() if parent_of(pid) == child.pid]
        return len(pids) == 2

    asyncio.run(until(both_are_there, "the fork"))

    fair = [fair_memory_of(pid) or 0 for pid in pids]
    facts = [facts_of(pid) for pid in pids]
    assert sum(memory_of(pid).now for pid in pids) > 128 * MIB
    assert 64 * MIB < sum(fair) < 100 * MIB
    assert facts[0] and facts[1] and facts[0].image == facts[1].image is not None


def test_processes_that_were_started_anew_share_no_image(start: Start) -> None:
    one, other = start(SLEEP), start(SLEEP)
    facts = facts_of(one.pid), facts_of(other.pid)

    assert facts[0] and facts[1] and facts[0].image != facts[1].image


def test_kill_hits_the_process_and_no_later_one_with_its_number(start: Start) -> None:
    child = start(SLEEP)
    pid, begun = process_of(child.pid)

    kill(Process(pid, begun - 1))
    kill(Process(pid, begun + 1))
    assert child.poll() is None
    kill(Process(pid, begun))

    assert child.wait(30) == -9


def test_kill_works_without_pidfd(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> int:
        raise OSError("Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    child = start(SLEEP)
    pid, begun = process_of(child.pid)

    kill(Process(pid, begun - 1))
    assert child.poll() is None
    kill(Process(pid, begun))

    assert child.wait(30) == -9


def test_we_never_kill_ourselves() -> None:
    kill(process_of(os.getpid()))


def parent_of(pid: int) -> int:
    facts = facts_of(pid)
    return facts.parent if facts else 0
