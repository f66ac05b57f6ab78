"""`rocqshim stop`: every job gone in a second, those that wait released, make left alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from .conftest import NewProject
from .guest import until
from .kernel import job_groups, job_processes, value
from .project import AT_ONCE, Project, ours

SETTINGS = 'memory-max = "600M"\ntasks-max = 500\nio-weight = 100'
JOBS = 20


def count(project: Project, key: str) -> int:
    """How many jobs run, or wait."""
    (status,) = json.loads(project.shim("status", "--json").stdout)["projects"]
    return len(status["jobs"]) if key == "jobs" else int(status[key])


def test_twenty_jobs(new_project: NewProject, record_property: Callable[..., None]) -> None:
    """Each with children in sessions of their own that ignore TERM: the figure of the issue."""
    names = [f"f{number:02}" for number in range(JOBS)]
    settings = f"{SETTINGS}\njobs = {JOBS}{AT_ONCE}"
    project = new_project(
        settings, dict.fromkeys(names, "$SIG{TERM} = 'IGNORE'; family(2); rest(600)")
    )
    make = project.start("make", f"-j{JOBS}", "-k")
    for name in names:
        project.begun(name)
    groups = job_groups(project.group)
    assert len(groups) == JOBS
    done = project.shim("stop")

    found = re.fullmatch(rf"{JOBS} jobs killed, gone in ([\d.]+) ?(ms|s)\n", done.stdout)
    assert found, done.stdout + done.stderr
    seconds = float(found[1]) / (1000 if found[2] == "ms" else 1)
    record_property("stop_seconds", seconds)
    print(f"stop: {JOBS} jobs gone in {seconds} s")
    assert job_processes() == []
    assert make.end() == 2
    assert (
        len([line for line in ours(make.output()) if "cancelled by rocqshim stop" in line]) == JOBS
    )
    assert set(project.verdicts().values()) == {"cancelled"}
    assert value(project.group, "memory.max") == str(600 << 20)  # the slice stays for the next


def test_waiting_launchers_are_released(new_project: NewProject) -> None:
    project = new_project(f"{SETTINGS}\njobs = 1", dict.fromkeys("abc", "rest(600)"))
    make = project.start("make", "-j3", "-k")
    until(lambda: count(project, "waiting") == 2 and count(project, "jobs") == 1, "two wait")
    done = project.shim("stop")

    assert done.stdout.startswith("1 job killed, 2 waiting released, gone in ")
    assert make.end() == 2
    told = sorted(line.split(": ")[2] for line in ours(make.output()) if "cancelled" in line)
    assert told[0] == "cancelled by rocqshim stop"
    assert told[1:] == ["cancelled by rocqshim stop before it started"] * 2
    assert list(project.verdicts().values()) == ["cancelled"]  # whichever came first


def test_only_this_project_is_stopped(new_project: NewProject) -> None:
    stopped = new_project(SETTINGS, {"a": "rest(600)"})
    other = new_project(SETTINGS, {"b": 'await("go")'})
    builds = [project.start("make") for project in (stopped, other)]
    stopped.begun("a"), other.begun("b")
    stopped.shim("stop")
    other.write("go", "")

    assert [build.end() for build in builds] == [2, 0]
