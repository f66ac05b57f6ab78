"""Whatever a broker answers, or does not: the job runs once and ends as itself, or is refused."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from .behaviours import BEFORE, GO, JOB, ONCE, SILENT, fake, ran
from .fake_broker import Behaviour, Client
from .processes import PATIENCE, listener
from .shim import Shim


@pytest.mark.parametrize("behaviour", {**BEFORE, **SILENT}.values(), ids={**BEFORE, **SILENT})
def test_the_job_runs_without_limits_and_says_so_once(world: Shim, behaviour: Behaviour) -> None:
    if behaviour in SILENT.values():
        world.env["ROCQSHIM_BROKER_TIMEOUT"] = "0.3"
    with fake(world, behaviour):
        first, second = world.run(*JOB), world.run(*JOB)

    assert (first.returncode, first.stdout) == (3, b"out\n")
    assert first.stderr.startswith(b"rocq-exec: no limits in this build: ")
    assert first.stderr.count(b"\n") == 1
    assert (second.returncode, second.stdout, second.stderr) == (3, b"out\n", b"")
    assert ran(world) == ONCE * 2


@pytest.mark.parametrize("behaviour", {**BEFORE, **SILENT}.values(), ids={**BEFORE, **SILENT})
def test_the_job_is_refused(world: Shim, behaviour: Behaviour) -> None:
    if behaviour in SILENT.values():
        world.env["ROCQSHIM_BROKER_TIMEOUT"] = "0.3"
    with fake(world, behaviour):
        done = world.run(*JOB, env={"ROCQSHIM_ENFORCE": "require"})

    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b'rocq-exec: refused, enforce = "require" and ')
    assert done.stderr.count(b"\n") == 1
    assert ran(world) == ""


def test_silence_costs_one_timeout(world: Shim) -> None:
    """Not one for each attempt: in a build it is for every file."""
    with fake(world, SILENT["says nothing"]) as broker:
        began = time.monotonic()
        world.run("true", env={"ROCQSHIM_BROKER_TIMEOUT": "2"})

    assert time.monotonic() - began < 2 * 2
    assert broker.served <= 2


def test_a_killed_broker_may_listen_for_a_moment_longer(world: Shim) -> None:
    """It resets whoever connects again meanwhile: that is one death and not three."""
    ended = threading.Event()

    def end() -> None:
        os.unlink(world.env["ROCQSHIM_SOCKET"])
        broker.close()

    def behave(client: Client) -> None:
        client.hear()
        if not ended.is_set():
            ended.set()
            threading.Timer(0.05, end).start()

    with fake(world, behave) as broker:
        done = world.run(*JOB)
    real = listener(world.env["ROCQSHIM_SOCKET"])  # which it has started
    assert real, done.stderr
    os.kill(real, signal.SIGTERM)

    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"")
    assert ran(world) == ONCE


def test_a_signal_ends_it_while_it_asks_again(world: Shim) -> None:
    """Blocked for the child that it gave up, signals must count again while it queues."""
    asked = threading.Semaphore(0)

    def behave(client: Client) -> None:
        client.hear()
        asked.release()
        if broker.served == 1:
            client.write(GO)
            client.hear()
        else:
            client.wait()

    with fake(world, behave) as broker:
        process = world.start(*JOB, env={"ROCQSHIM_BROKER_TIMEOUT": "60"})
        assert asked.acquire(timeout=PATIENCE)
        assert asked.acquire(timeout=PATIENCE)
        process.terminate()
        process.communicate(timeout=60)

    assert process.returncode == -15
    assert ran(world) == ""
