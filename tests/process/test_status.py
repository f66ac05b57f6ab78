"""``rocqshim status`` against a real broker."""

from __future__ import annotations

import json
import os
import signal

import pytest

from .installed import Installed, eventually


def test_without_a_broker_it_says_so_and_starts_none(here: Installed) -> None:
    done = here.run("status")

    assert (done.returncode, done.stdout) == (0, "no compiler is running (no broker)\n")
    assert not here.sockets()


def test_without_a_broker_json_has_its_version_and_no_project(here: Installed) -> None:
    found = json.loads(here.run("status", "--json").stdout)

    assert found == {"version": 1, "broker": None, "projects": [], "left": [], "socket": None}
    assert not here.sockets()


def test_a_running_job_is_shown_with_its_file_pid_and_memory(here: Installed) -> None:
    here.settings('memory-max = "3G"\ntasks-max = 77')
    here.write("compile.py", "import time; x = bytearray(80 << 20); time.sleep(60)")
    job = here.job("python3", "compile.py", "theories/Big.v")
    eventually(lambda: here.jobs() and here.jobs()[0]["memory"] > 80 << 20)

    text = here.run("status").stdout
    found = here.status()["projects"][0]

    assert "rocq-work.slice (watchdog), project " in text
    assert "memory-max" in text and "3G" in text and "tasks-max" in text and "77" in text
    assert "1 running, 0 waiting" in text
    (line,) = [line for line in text.splitlines() if "theories/Big.v" in line]
    assert str(found["jobs"][0]["pid"]) in line.split()
    assert found["limits"]["memory_max"] == 3 << 30
    assert found["memory"] > 80 << 20
    here.run("stop")
    job.communicate()


def test_waiting_launchers_are_counted(here: Installed) -> None:
    here.settings("jobs = 1")
    started = [here.job("sleep", "60") for _ in range(3)]
    eventually(lambda: here.waiting() == 2)

    assert "1 running, 2 waiting" in here.run("status").stdout

    here.run("stop")
    for job in started:
        job.communicate()


def test_all_shows_the_other_projects_too(here: Installed) -> None:
    here.settings("", "one")
    here.settings("", "two")
    started = [here.job("sleep", "60", cwd=here.work / name) for name in ("one", "two")]
    eventually(lambda: len(here.jobs()) == 2)

    one = here.run("status", cwd=here.work / "one").stdout
    both = here.run("status", "--all").stdout

    assert "rocq-one.slice" in one and "rocq-two.slice" not in one
    assert "rocq-one.slice" in both and "rocq-two.slice" in both
    here.run("stop", "--all")
    for job in started:
        job.communicate()


def test_jobs_of_other_projects_are_named(here: Installed) -> None:
    here.settings("", "one")
    here.settings("", "two")
    job = here.job("sleep", "60", cwd=here.work / "one")
    eventually(here.jobs)

    assert (
        "1 job of other projects: rocqshim status --all"
        in here.run("status", cwd=here.work / "two").stdout
    )
    stopped = here.run("stop", cwd=here.work / "two")
    assert stopped.stdout == "nothing to stop here; 1 job of other projects: rocqshim stop --all\n"
    here.run("stop", "--all")
    job.communicate()


def test_compilers_that_outlived_their_broker_are_not_denied(here: Installed) -> None:
    job = here.job("sleep", "60")
    eventually(here.jobs)
    os.kill(here.status()["broker"]["pid"], signal.SIGKILL)
    os.kill(job.pid, signal.SIGSTOP)  # it would start another broker in 5 s

    text = here.run("status").stdout

    assert "no broker is there, but compilers run in rocq-work.slice" in text
    assert "killed" in here.run("stop").stdout
    os.kill(job.pid, signal.SIGCONT)
    job.communicate()


@pytest.mark.parametrize("words", [("status",), ("config",), ("doctor",), ("mk", "-o", "-")])
def test_a_full_disk_behind_stdout_is_no_crash(here: Installed, words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        process = here.start(*words, stdout=full)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "the output cannot be written: No space left on device.\n  Make room" in str(err)
    assert "report" not in str(err)


def test_a_file_name_cannot_act_on_the_terminal(here: Installed) -> None:
    job = here.job("sh", "-c", "sleep 60", "--", "a\x1b[31m\nb.v")
    eventually(here.jobs)

    text = here.run("status").stdout

    assert "a?[31m?b.v" in text
    here.run("stop")
    job.communicate()


def test_broken_settings_are_an_error_of_one_line_and_a_hint(here: Installed) -> None:
    job = here.job("sleep", "60")
    eventually(here.jobs)
    here.settings("memory-max = 'much'")

    done = here.run("status")

    assert done.returncode == 1
    assert "pyproject.toml:2" in done.stderr and "Traceback" not in done.stderr
    here.run("stop", "--all")
    job.communicate()
