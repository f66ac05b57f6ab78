"""``rocqshim stop`` against real jobs: gone in a second, and nothing else touched."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path

import pytest

from .installed import Installed, eventually, is_alive

# All at once, although nobody knows yet what they need.
SMALL = '[[tool.rocqshim.files]]\nmatch = "*"\nexpected-memory = "1M"'
STUBBORN = "trap '' TERM INT HUP; sleep 61 & setsid sleep 61 & while :; do wait; done"


def test_without_a_broker_there_is_nothing_to_stop(here: Installed) -> None:
    done = here.run("stop")

    assert (done.returncode, done.stdout) == (0, "nothing to stop\n")
    assert not here.sockets()


def test_twenty_jobs_with_stubborn_children_are_gone_in_a_second(here: Installed) -> None:
    here.settings('jobs = 20\ncpu-quota = "infinity"\n' + SMALL)
    started = [here.job("sh", "-c", STUBBORN) for _ in range(20)]
    eventually(lambda: sum(len(job["pids"]) >= 3 for job in here.jobs()) == 20)
    pids = [pid for job in here.jobs() for pid in job["pids"]]

    done = here.run("stop")

    assert not [pid for pid in pids if is_alive(pid)]
    said = re.fullmatch(r"20 jobs killed, gone in (\S+) s\n", done.stdout)
    assert said and float(said[1]) < 1, done.stdout
    assert done.returncode == 0
    for job in started:
        _, err = job.communicate(timeout=30)
        assert job.returncode == -signal.SIGKILL
        assert "cancelled by rocqshim stop" in err


def test_waiting_launchers_are_released(here: Installed) -> None:
    here.settings("jobs = 1")
    started = [here.job("sleep", "61") for _ in range(3)]
    eventually(lambda: here.waiting() == 2)

    done = here.run("stop")

    assert re.match(r"1 job killed, 2 waiting released, gone in ", done.stdout)
    ends = sorted(job.wait(timeout=30) for job in started)
    assert ends == [-signal.SIGTERM, -signal.SIGTERM, -signal.SIGKILL]
    for job in started:
        job.communicate()


def test_broken_settings_are_not_in_the_way_of_stop(here: Installed) -> None:
    job = here.job("sleep", "61")
    eventually(here.jobs)
    here.settings("memory_max = '1G'")
    (here.work / "deep").mkdir()

    done = here.run("stop", cwd=here.work / "deep")

    assert re.match(r"1 job killed, gone in ", done.stdout), done.stderr
    job.communicate()
    nothing = here.run("stop")
    assert nothing.returncode == 1 and "did you mean" in nothing.stderr.lower()


def test_make_lives_and_goes_on(here: Installed) -> None:
    here.write("Makefile", "all: a b\na: ; rocq-exec sleep 61\nb: ; echo make goes on > b\n")
    make = here.popen(["make", "-k"])
    eventually(here.jobs)

    here.run("stop")

    assert make.wait(timeout=30) == 2
    assert (here.work / "b").read_text() == "make goes on\n"
    make.communicate()


def test_another_project_is_left_alone_but_with_all(here: Installed) -> None:
    here.settings("", "one")
    here.settings("", "two")
    one, two = (here.job("sleep", "61", cwd=here.work / name) for name in ("one", "two"))
    eventually(lambda: len(here.jobs()) == 2)

    assert here.run("stop", cwd=here.work / "one").stdout.startswith("1 job killed")
    assert one.wait(timeout=30) == -signal.SIGKILL
    assert two.poll() is None

    assert here.run("stop", "--all").stdout.startswith("1 job killed")
    assert two.wait(timeout=30) == -signal.SIGKILL
    one.communicate(), two.communicate()


def test_jobs_of_a_killed_broker_are_found(here: Installed) -> None:
    started = [here.job("sh", "-c", STUBBORN) for _ in range(2)]
    eventually(lambda: sum(len(job["pids"]) >= 3 for job in here.jobs()) == 2)
    pids = [pid for job in here.jobs() for pid in job["pids"]]
    os.kill(here.broker(), signal.SIGKILL)

    done = here.run("stop")

    assert done.stdout.startswith("2 jobs killed, gone in "), (done.stdout, done.stderr)
    assert not [pid for pid in pids if is_alive(pid)]
    for job in started:
        job.communicate(timeout=30)


def test_after_a_killed_broker_without_jobs_none_is_started(here: Installed) -> None:
    here.job("true").communicate()
    os.kill(here.broker(), signal.SIGKILL)

    assert here.run("stop").stdout == "nothing to stop\n"
    assert here.broker() == 0
    here.job("true").communicate()  # the next one replaces the socket


def test_broker_ends_the_broker_and_waits_for_it(here: Installed) -> None:
    here.job("true").communicate()
    pid = here.broker()

    done = here.run("stop", "--broker")

    assert done.stdout == "nothing to stop\nbroker ended\n"
    assert not here.sockets()
    eventually(lambda: not is_alive(pid), 2)


def test_a_broker_that_hangs_is_killed_by_stop(here: Installed) -> None:
    """`status` only tells of it; the jobs are those of the next broker, which kills them."""
    job = here.job("sleep", "61")
    eventually(here.jobs)
    broker = here.broker()
    os.kill(broker, signal.SIGSTOP)
    began = time.monotonic()

    asked, stopped = here.run("status"), here.run("stop", "--broker")

    assert time.monotonic() - began < 30
    assert asked.returncode == 1 and "does not answer" in asked.stderr
    assert "rocqshim stop --broker" in asked.stderr
    assert stopped.returncode == 0, stopped.stderr
    assert f"broker killed: process {broker} did not answer\n1 job killed" in stopped.stdout
    assert not is_alive(broker) and not here.sockets()
    job.communicate()
    assert job.returncode == -signal.SIGKILL


@pytest.mark.parametrize("mode", ["stop", "status"])
def test_a_folder_of_somebody_else_is_refused(here: Installed, mode: str) -> None:
    folder = Path(str(here.env["XDG_RUNTIME_DIR"])) / "rocqshim"
    folder.mkdir()
    folder.chmod(0o777)

    done = here.run(mode)

    assert done.returncode == 1
    assert "is not a folder that only you can write" in done.stderr
    folder.chmod(0o700)
