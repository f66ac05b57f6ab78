"""The broker killed, stopped or hanging in the middle of a build: no job is hurt by it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from shutil import rmtree

import pytest
from launcher.processes import children, eventually, is_alive, state
from launcher.shim import Shim

from rocqshim import __version__

WAITS = ("sh", "-c", "echo ready; read line; exit 7")


def waiting_job(shim: Shim) -> subprocess.Popen[bytes]:
    """A job that ends with 7 once it is told to; returns when it runs."""
    process = shim.start(*WAITS, stdin=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def kill_broker(shim: Shim) -> int:
    broker = shim.broker()
    os.kill(broker, signal.SIGKILL)
    eventually(lambda: not is_alive(broker))
    return broker


def end(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(b"\n", timeout=60)
    return process.returncode, out, err


def test_a_job_that_runs_is_adopted(shim: Shim) -> None:
    """Within 5 s its launcher starts another broker, which knows the job and records it."""
    process = waiting_job(shim)
    began = time.time()
    broker = kill_broker(shim)

    (job,) = eventually(shim.jobs)

    assert shim.broker() != broker
    assert job["pid"] in children(process.pid)
    assert end(process) == (7, b"", b"")
    (record,) = eventually(shim.history)
    assert (record["verdict"], record["status"], record["file"]) == ("exit-code", 7 << 8, "sh")
    assert record["started"] <= began
    assert shim.run("sh", "-c", "exit 5").returncode == 5


def test_a_job_that_ends_before_anybody_noticed(shim: Shim) -> None:
    process = waiting_job(shim)
    kill_broker(shim)

    assert end(process) == (7, b"", b"")

    (record,) = eventually(shim.history)
    assert (record["verdict"], record["status"]) == ("exit-code", 7 << 8)


def test_those_that_queue_are_queued_again(shim: Shim) -> None:
    shim.settings("jobs = 1\n")
    first = waiting_job(shim)
    second, third = (shim.start("sh", "-c", f"exit {number}") for number in (2, 3))
    eventually(lambda: shim.waiting() == 2)

    kill_broker(shim)

    # Nobody starts until the launcher of the first has looked, and has it counted again.
    (job,) = eventually(shim.jobs)
    time.sleep(2)
    assert [each["job"] for each in shim.jobs()] == [job["job"]]
    assert end(first) == (7, b"", b"")
    for number, process in ((2, second), (3, third)):
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (number, b"")
    eventually(lambda: len(shim.history()) == 3)


def test_killed_again_and_again(shim: Shim) -> None:
    process = waiting_job(shim)
    for _ in range(3):
        kill_broker(shim)
        assert shim.run("true").returncode == 0
    assert end(process) == (7, b"", b"")


def test_a_stopped_broker_is_replaced(shim: Shim) -> None:
    """It will say nothing, and that is seen long before the patience with a slow one ends."""
    running = waiting_job(shim)
    broker = shim.broker()
    os.kill(broker, signal.SIGSTOP)
    began = time.monotonic()

    done = shim.run("sh", "-c", "exit 5")

    assert time.monotonic() - began < 30  # and not a minute; the next broker takes 6 s to begin
    assert (done.returncode, done.stderr) == (5, b"")
    assert not is_alive(broker)
    assert shim.broker() not in (0, broker)
    assert end(running) == (7, b"", b"")
    eventually(lambda: len(shim.history()) == 2)


def test_a_stopped_broker_at_the_end_of_a_job(shim: Shim) -> None:
    shim.env["ROCQSHIM_BROKER_TIMEOUT"] = "0.5"
    process = waiting_job(shim)
    os.kill(shim.broker(), signal.SIGSTOP)

    assert end(process) == (7, b"", b"")
    eventually(lambda: len(shim.history()) == 1)


def test_a_stale_socket(shim: Shim) -> None:
    """What a killed broker or a crashed machine leaves is no hindrance."""
    shim.run("true")
    kill_broker(shim)
    assert shim.sockets

    done = shim.run("sh", "-c", "exit 5")

    assert (done.returncode, done.stderr) == (5, b"")
    assert len(shim.sockets) == 1


def test_its_socket_vanishes_in_the_middle_of_a_build(shim: Shim) -> None:
    """The last logout, or a cleaner of /tmp: the broker is found elsewhere, and stays the one."""
    running = waiting_job(shim)
    broker = shim.broker()
    for folder in (False, True):
        if folder:
            rmtree(shim.folder / "run/rocqshim")
        else:
            shim.sockets[0].unlink()
        began = time.monotonic()

        done = shim.run("sh", "-c", "exit 5")

        assert time.monotonic() - began < 5  # a second broker would start nobody for 6 s
        assert (done.returncode, done.stderr) == (5, b"")
        assert shim.broker() == broker
    assert end(running) == (7, b"", b"")
    eventually(lambda: len(shim.history()) == 3)


def test_it_goes_although_its_socket_vanished(shim: Shim) -> None:
    shim.env["ROCQSHIM_IDLE"] = "1"
    shim.run("true")
    broker = shim.broker()
    rmtree(shim.folder / "run/rocqshim")

    eventually(lambda: not is_alive(broker))
    assert shim.left() == []


@pytest.mark.parametrize("holder", ["stopped", "a stranger"])
def test_a_start_lock_that_is_never_let_go(shim: Shim, holder: str) -> None:
    """A launcher that Ctrl-Z stopped while it started the broker, or anybody else."""
    folder = shim.folder / "run/rocqshim"
    folder.mkdir(mode=0o700)
    name = "/rocqshim/launch/_start.py" if holder == "stopped" else "anybody"
    command = [sys.executable, "-c", HOLDS, f"{folder}/broker-{__version__}.sock.lock", name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=shim.env)
    assert process.stdout and process.stdout.readline() == b"held\n"
    if holder == "stopped":
        process.send_signal(signal.SIGSTOP)
        eventually(lambda: state(process.pid) == "T")
    began = time.monotonic()

    assert shim.run("sh", "-c", "exit 5").returncode == 5

    assert time.monotonic() - began < 20
    assert shim.broker()
    process.kill()
    process.communicate()


HOLDS = """
import fcntl, sys, time
file = open(sys.argv[1], "w")
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(300)
"""


def test_a_build_is_summed_up_over_both_brokers(shim: Shim) -> None:
    """`rocqshim run` tells of all its jobs, whoever recorded them."""
    shim.env["ROCQSHIM_BUILD"] = "one-build"
    shim.run("sh", "-c", "exit 0")
    shim.run("sh", "-c", "exit 3")
    eventually(lambda: len(shim.history()) == 2)
    kill_broker(shim)

    shim.run("true")

    (project,) = shim.projects()
    assert project["build"]["jobs"] == 3
    assert [entry["verdict"] for entry in project["build"]["ended"]] == [
        "success",
        "exit-code",
        "success",
    ]
