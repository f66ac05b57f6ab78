"""The broker's life: one for all, and nothing of it when it has gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections import Counter

import pytest
from launcher.processes import eventually, is_alive, with_environment
from launcher.shim import Shim

from rocqshim import __version__

from .jobs import end, waiting_job

LAUNCHERS = 60


def brokers(shim: Shim) -> list[int]:
    marker = f"XDG_STATE_HOME={shim.folder}/state"
    found = with_environment(marker)
    return [pid for pid in found if b"broker/_start.py" in _command(pid)]


def _command(pid: int) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except OSError:
        return b""


def test_one_for_many_that_start_at_once(shim: Shim) -> None:
    processes = [
        shim.start("sh", "-c", f"echo {number}; exit {number % 100}") for number in range(LAUNCHERS)
    ]

    for number, process in enumerate(processes):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (number % 100, b"%d\n" % number, b"")
    assert brokers(shim) == [shim.broker()]
    eventually(lambda: len(shim.history()) == LAUNCHERS)
    assert {job["verdict"] for job in shim.history()} == {"success", "exit-code"}


def test_it_goes_when_idle_and_leaves_nothing(shim: Shim) -> None:
    shim.env["ROCQSHIM_IDLE"] = "1"
    shim.run("true")
    broker = shim.broker()

    eventually(lambda: not is_alive(broker))

    assert shim.left() == []
    assert shim.processes() == []
    (record,) = shim.history()
    assert record["verdict"] == "success"


def test_what_launchers_without_a_broker_remember_goes_with_it(shim: Shim) -> None:
    shim.run("true")
    folder = shim.sockets[0].parent
    (folder / "unlimited-4711").touch()
    (folder / "unlimited-1").mkdir()
    (folder / "unlimited-notes.v").touch()
    broker = shim.broker()

    os.kill(broker, signal.SIGTERM)
    eventually(lambda: not is_alive(broker))

    left = ["rocqshim", "rocqshim/unlimited-1", "rocqshim/unlimited-notes.v"]
    assert shim.left() == left


def test_a_build_since_which_there_were_many_is_still_summed_up(shim: Shim) -> None:
    shim.run("false", env={"ROCQSHIM_BUILD": "first"})
    others = [shim.start("true", env={"ROCQSHIM_BUILD": f"{number}"}) for number in range(21)]
    for other in others:
        other.communicate(timeout=60)
    eventually(lambda: len(shim.history()) == 22)

    summary = shim.ask("summary", all="1", build="first")

    assert summary["jobs"] == 1
    assert [each["jobs"] for each in summary["slices"]] == [1]
    assert shim.ask("summary", all="1", build="nonesuch")["slices"] == []


def test_another_backend_is_taken_as_soon_as_no_job_runs(shim: Shim) -> None:
    asked = shim.run("true", env={"ROCQSHIM_BACKEND": "cgroup2"}).stderr
    later = shim.run("true", env={"ROCQSHIM_BUILD": "later"}).stderr

    # Where it cannot be had, that is said; and nobody is told who no longer asks for it.
    assert b"Set backend to auto" in asked or not asked
    assert later == b""
    assert shim.ask("status", all="1")["projects"][0]["backend"] == "watchdog"


def test_it_stays_while_a_job_runs(shim: Shim) -> None:
    shim.env["ROCQSHIM_IDLE"] = "1"
    process = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)
    broker = shim.broker()
    time.sleep(1.5)

    assert is_alive(broker)
    process.communicate(b"\n", timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_told_to_go(shim: Shim, number: int) -> None:
    shim.run("true")
    broker = shim.broker()

    os.kill(broker, number)

    eventually(lambda: not is_alive(broker))
    assert shim.left() == []
    assert shim.run("sh", "-c", "exit 4").returncode == 4


def test_told_to_go_while_somebody_talks_to_it(shim: Shim) -> None:
    """Whoever it leaves in the middle of a sentence is no error of ours, and is not reported."""
    shim.env["TMPDIR"] = str(shim.folder)
    process = waiting_job(shim)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(shim.sockets[0]))
        silent.sendall(b"9")
        broker = shim.broker()

        os.kill(broker, signal.SIGTERM)

        eventually(lambda: not is_alive(broker))
    end(process)
    assert list(shim.folder.glob("rocqshim-report-*")) == []


def test_coming_and_going(shim: Shim) -> None:
    """Launchers that come while it leaves: each gets a broker, and no job is lost."""
    shim.run("true")
    for number in range(1, 9):
        processes = [shim.start("sh", "-c", f"exit {number}") for _ in range(2)]
        os.kill(shim.broker(), signal.SIGTERM)
        processes += [shim.start("sh", "-c", f"exit {number}") for _ in range(2)]
        for process in processes:
            out, err = process.communicate(timeout=60)
            assert (process.returncode, out, err) == (number, b"", b"")

    assert brokers(shim) == [shim.broker()]
    eventually(lambda: len(shim.history()) == 1 + 8 * 4)
    assert Counter(job["status"] >> 8 for job in shim.history()) == {
        0: 1, **dict.fromkeys(range(1, 9), 4)
    }  # fmt: skip


def test_beside_one_of_another_version(shim: Shim) -> None:
    """After an upgrade in mid-build: the new launchers have a broker of their own."""
    run = shim.folder / "run/rocqshim"
    run.mkdir(mode=0o700)
    other = subprocess.Popen(
        ["python3", "-S", "-c", LISTENS, f"{run}/broker-0.0.1.sock"], env=shim.env
    )
    eventually((run / "broker-0.0.1.sock").exists)

    assert shim.run("sh", "-c", "exit 3").returncode == 3

    names = {path.name for path in shim.sockets}
    assert names == {"broker-0.0.1.sock", f"broker-{__version__}.sock"}
    other.kill()
    other.wait()


LISTENS = """
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
while True:
    s.accept()[0].close()
"""
