"""A job that runs for longer than job-time-max is killed, all of it, and not repeated."""

from __future__ import annotations

import os
import signal
import time

from launcher.processes import eventually, state
from launcher.shim import Shim, finish

from .jobs import end, waiting_job

# One that catches what can be caught, and leaves a child in a session of its own.
STUBBORN = "trap '' TERM INT HUP; setsid sleep 77 & echo ready; while :; do sleep 1; done"


def test_all_of_it_is_killed_and_it_is_said_and_recorded(shim: Shim) -> None:
    shim.settings('job-time-max = "1s 500ms"\n')
    shim.program("coqc", f"#!/bin/sh\n{STUBBORN}\n")
    (shim.work / "a.v").touch()

    began = time.monotonic()
    done = shim.run("coqc", "a.v")

    assert 1.5 <= time.monotonic() - began < 20
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == b"ready\n"
    said = done.stderr.decode()
    assert said.startswith("rocq-exec: a.v: killed after 1.")
    assert said.endswith(
        " s, over its time limit (job-time-max 1s 500ms, pyproject.toml:2). Raise job-time-max, or "
        "that of this file in [[tool.rocqshim.files]].\n"
    )
    (row,) = eventually(shim.history)
    assert (row["verdict"], row["attempt"]) == ("timeout", 1)
    assert 1.5 <= row["wall"] < 20
    assert eventually(lambda: not shim.jobs())
    assert shim.processes() == [shim.broker()]


def test_the_limit_of_a_file_and_of_a_call(shim: Shim) -> None:
    rule = '[[tool.rocqshim.files]]\nmatch = "sleep"\njob-time-max = 1\n'
    shim.settings(f'job-time-max = "1h"\n{rule}')

    by_rule = shim.run("sleep", "60")
    by_call = shim.run("sh", "-c", "sleep 60", env={"ROCQSHIM_JOB_TIME_MAX": "500ms"})

    assert b"(job-time-max 1s, pyproject.toml:5)" in by_rule.stderr
    assert b"(job-time-max 500ms, ROCQSHIM_JOB_TIME_MAX)" in by_call.stderr
    assert [row["verdict"] for row in eventually(shim.history)] == ["timeout"] * 2


def test_time_in_which_it_is_stopped_does_not_count(shim: Shim) -> None:
    shim.settings('job-time-max = "3s"\n')
    job = waiting_job(shim, start_new_session=True)
    os.killpg(job.pid, signal.SIGSTOP)
    assert eventually(lambda: [each["state"] for each in shim.jobs()] == ["stopped"])
    begun = time.monotonic()
    assert eventually(lambda: time.monotonic() - begun > 4)
    (status,) = shim.jobs()
    os.killpg(job.pid, signal.SIGCONT)
    end(job)

    assert status["seconds"] < 3
    (row,) = eventually(shim.history)
    assert (row["verdict"], row["status"]) == ("success", 0)
    assert row["wall"] < 4


def test_who_waits_has_his_time_before_him(shim: Shim) -> None:
    shim.settings('cpu-quota = "1 core"\njob-time-max = "2s"\n')
    first = shim.start("sleep", "60")
    assert eventually(shim.jobs)
    second = shim.start("true")

    assert finish(first).returncode == -signal.SIGKILL
    assert finish(second).returncode == 0
    assert state(first.pid) == ""
