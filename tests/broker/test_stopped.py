"""A build that its user has stopped (Ctrl-Z): it needs its memory and no core."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

import pytest
from launcher.processes import eventually, state
from launcher.pseudo_terminal import Terminal
from launcher.shim import Shim, finish

from .jobs import end, waiting_job

ONE_CORE = 'cpu-quota = "1 core"\n'
ONE_JOB = "jobs = 1\n"
ALL_MEMORY = """\
memory-max = "200M"
[[tool.rocqshim.files]]
match = "*"
expected-memory = "150M"
"""


def stop(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-Z does: all of its group, the launcher and its child, if it has one."""
    os.killpg(process.pid, signal.SIGSTOP)
    assert eventually(lambda: state(process.pid) == "T")


def go_on(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGCONT)


@pytest.mark.parametrize("settings", [ONE_CORE, ONE_JOB], ids=["cores", "jobs"])
def test_others_have_its_core(shim: Shim, settings: str) -> None:
    shim.settings(settings)
    job = waiting_job(shim, start_new_session=True)
    stop(job)

    assert shim.run("true").returncode == 0
    assert [job["state"] for job in shim.jobs()] == ["stopped"]

    go_on(job)
    assert eventually(lambda: [job["state"] for job in shim.jobs()] == ["running"])
    beside = shim.start("true")
    assert eventually(shim.waiting) == 1
    end(job)
    assert finish(beside).returncode == 0


def test_who_is_stopped_while_it_waits_is_passed_by(shim: Shim) -> None:
    shim.settings(ONE_CORE)
    job = waiting_job(shim)
    queued = shim.start("true", start_new_session=True)
    assert eventually(shim.waiting) == 1
    stop(queued)
    third = shim.start("true")
    assert eventually(lambda: shim.waiting() == 2)

    end(job)

    assert finish(third).returncode == 0
    assert [entry["reason"] for entry in shim.projects()[0]["queue"]] == ["stopped"]
    go_on(queued)
    assert finish(queued).returncode == 0


def test_it_keeps_its_memory_and_who_waits_is_told_once(shim: Shim) -> None:
    shim.settings(ALL_MEMORY)
    job = waiting_job(shim, start_new_session=True)
    stop(job)
    call = shlex.join(map(str, shim.command("true")))
    on = Terminal(["sh", "-c", f"{call} & {call} & wait; echo over"], shim.env, str(shim.work))

    on.wait_for(b"true waits: it needs 150M of memory, and ")
    on.wait_for(b"; sh is stopped (Ctrl-Z), and with what was promised. Continue that (fg), or")
    go_on(job)
    job.communicate(b"\n", timeout=60)
    on.wait_for(b"rocqshim stop")

    assert on.end() == 0
    assert b"over" in on.shown
    assert b"waits" not in on.shown


def test_nothing_is_said_where_nobody_looks(shim: Shim) -> None:
    shim.settings(ONE_CORE)
    job = waiting_job(shim)
    queued = shim.start("true")
    assert eventually(lambda: any(e["seconds"] > 6 for e in shim.projects()[0]["queue"]))
    end(job)

    assert finish(queued).stderr == b""
