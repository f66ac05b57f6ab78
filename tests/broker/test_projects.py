"""Projects, their settings and their queues, as launchers see them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

from rocqshim.broker.meter import PERIOD

from .jobs import end, waiting_job

# Says when it begins and ends, and holds on for a moment.
SPAN = ("sh", "-c", 'echo "+" >> "$1"; sleep 0.15; echo "-" >> "$1"', "sh")


def at_once(log: Path) -> int:
    """How many of the jobs that wrote ``log`` ran at the same time, at most."""
    level = most = 0
    for line in log.read_text().split():
        level += 1 if line == "+" else -1
        most = max(most, level)
    return most


def spans(shim: Shim, count: int, **options: object) -> int:
    log = shim.folder / "log"
    log.unlink(missing_ok=True)
    for process in [shim.start(*SPAN, str(log), **options) for _ in range(count)]:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
    return at_once(log)


def projects(shim: Shim) -> dict[str, dict[str, Any]]:
    return {each["root"]: each for each in shim.ask("status", all="1")["projects"]}


def test_jobs_1_really_serialises(shim: Shim) -> None:
    shim.settings("jobs = 1\n")

    assert spans(shim, 5) == 1


def test_a_launcher_inside_a_job_never_waits_for_that_job(shim: Shim) -> None:
    """`env -i` and sudo take ROCQSHIM_JOB away, by which it is known as nested."""
    shim.settings("jobs = 1\n")
    inner = " ".join(map(str, shim.command("echo", "inner")))
    shim.program("outer", f"#!/bin/sh\nunset ROCQSHIM_JOB\n{inner}\n")

    done = shim.run("outer")

    assert (done.returncode, done.stdout, done.stderr) == (0, b"inner\n", b"")


def test_jobs_2(shim: Shim) -> None:
    shim.settings("jobs = 2\n")

    assert spans(shim, 6) == 2


def test_without_jobs_nobody_waits(shim: Shim) -> None:
    processes = [waiting_job(shim) for _ in range(5)]

    assert len(shim.jobs()) == 5
    for process in processes:
        end(process)


def test_exclusive_is_really_alone(shim: Shim) -> None:
    shim.settings('jobs = 4\n[[tool.rocqshim.files]]\nmatch = "big.v"\nexclusive = true\n')
    before = waiting_job(shim, "a.v")
    alone = shim.start("sh", "-c", "echo alone", "big.v")
    eventually(lambda: shim.waiting() == 1)
    # One that fits beside what runs goes past it, as often as `patience` lets it.
    assert shim.run("sh", "-c", "echo past", "b.v").stdout == b"past\n"
    time.sleep(0.1)

    assert alone.poll() is None
    end(before)

    assert alone.communicate(timeout=60)[0] == b"alone\n"


def test_nobody_joins_an_exclusive_one(shim: Shim) -> None:
    shim.settings('jobs = 4\n[[tool.rocqshim.files]]\nmatch = "big.v"\nexclusive = true\n')
    alone = waiting_job(shim, "big.v")
    after = shim.start("sh", "-c", "echo after", "b.v")
    eventually(lambda: shim.waiting() == 1)
    time.sleep(0.1)

    assert after.poll() is None
    end(alone)

    assert after.communicate(timeout=60)[0] == b"after\n"


def test_expected_memory_is_reserved(shim: Shim) -> None:
    rule = '[[tool.rocqshim.files]]\nmatch = "*.v"\nexpected-memory = "3G"\n'
    shim.settings(f'memory-max = "4G"\n{rule}')
    shim.env["ROCQSHIM_CPU_QUOTA"] = "infinity"
    first = shim.start("sh", "-c", "read line", "a.v", stdin=subprocess.PIPE)
    eventually(shim.jobs)

    second = shim.start("sh", "-c", "echo second", "b.v")

    eventually(lambda: shim.waiting() == 1)
    first.communicate(b"\n", timeout=60)
    assert second.communicate(timeout=60)[0] == b"second\n"


def test_two_projects_with_limits_of_their_own(shim: Shim) -> None:
    for name, jobs in (("one", 1), ("two", 3)):
        shim.settings(f'jobs = {jobs}\nslice = "rocq-{shim.work.name}{name}.slice"\n', name)
    one = [waiting_job(shim, cwd=shim.work / "one")]
    two = [waiting_job(shim, cwd=shim.work / "two") for _ in range(3)]
    queued = [shim.start("true", cwd=shim.work / name) for name in ("one", "two")]
    eventually(lambda: shim.waiting() == 2)

    found = projects(shim)

    assert {Path(root).name: len(each["jobs"]) for root, each in found.items()} == {
        "one": 1, "two": 3
    }  # fmt: skip
    assert len({each["slice"] for each in found.values()}) == 2
    for process in one + two:
        end(process)
    assert [process.wait(60) for process in queued] == [0, 0]
    for process in queued:
        process.communicate()


def test_two_projects_of_one_name(shim: Shim) -> None:
    """Two checkouts of the same thing: each has a slice of its own."""
    folders = [f"{base}/{shim.work.name}" for base in ("a", "b")]
    for folder in folders:
        shim.settings("jobs = 1\n", folder)
    running = [waiting_job(shim, cwd=shim.work / folder) for folder in folders]

    slices = {each["slice"] for each in projects(shim).values()}

    assert len(slices) == 2
    for process in running:
        end(process)


@pytest.mark.parametrize("how", ["file", "variable"])
def test_two_projects_that_name_one_slice_share_it(shim: Shim, how: str) -> None:
    """Also with a variable, which has no line, and also where it is the name of the first one."""
    name = f"rocq-{shim.work.name}.slice"
    running = []
    for folder in (f"{base}/{shim.work.name}" for base in ("a", "b")):
        shim.settings(f'slice = "{name}"\n' if how == "file" else "", folder)
        env = {"ROCQSHIM_SLICE": name} if how == "variable" else {}
        running.append(waiting_job(shim, cwd=shim.work / folder, env=env))

    (found,) = shim.ask("status", all="1")["projects"]

    assert (found["slice"], len(found["jobs"])) == (name, 2)
    for process in running:
        end(process)


def test_settings_that_change_count_for_the_next_job(shim: Shim) -> None:
    shim.settings("jobs = 1\n")
    assert spans(shim, 3) == 1

    shim.settings("jobs = 3\n")
    assert spans(shim, 6) == 3


def test_a_variable_is_stronger(shim: Shim) -> None:
    shim.settings("jobs = 4\n")

    assert spans(shim, 4, env={"ROCQSHIM_JOBS": "1"}) == 1


def test_a_look_leaves_the_limits_of_what_runs_alone(shim: Shim) -> None:
    """`rocqshim doctor` in another shell, without the variable that this build was given."""
    shim.settings('memory-max = "100M"\n')
    script = "held = bytearray(b'x') * (300 << 20); print('ready', flush=True); input()"
    words, large = (sys.executable, "-c", script), {"ROCQSHIM_MEMORY_MAX": "2G"}
    process = shim.start(*words, stdin=subprocess.PIPE, env=large)
    assert process.stdout and process.stdout.readline() == b"ready\n"

    (found,) = shim.ask("status", open="1", cwd=str(shim.work))["projects"]

    assert len(found["jobs"]) == 1
    time.sleep(1)  # five looks of the watchdog
    process.communicate(b"\n", timeout=60)
    assert process.returncode == 0


@pytest.mark.parametrize("editor", [False, True])
def test_what_was_built_past_us_is_seen_once_nothing_compiles(shim: Shim, editor: bool) -> None:
    shim.program("coqc", "#!/bin/sh\n")
    shim.program("coqtop", "#!/bin/sh\nread line\n")
    for name, text in ((".depend", "b.vo: b.v a.vo\n"), ("b.v", ""), ("a.vo", "x" * 1234)):
        (shim.work / name).write_text(text)
    beside = [shim.start("coqtop", stdin=subprocess.PIPE)] if editor else []
    for _ in beside:
        eventually(shim.jobs)
    shim.run("coqc", "b.v")

    (shim.work / "a.vo").write_text("x" * 99)
    time.sleep(2 * PERIOD + 0.2)
    shim.run("coqc", "b.v")

    eventually(lambda: len(shim.history()) == 2)
    assert [job["loaded_size"] for job in shim.history()] == [1234, 99]
    for each in beside:
        each.communicate(b"\n", timeout=60)
