"""The limits of [tool.rocqshim] are in the kernel, for compilers and not for make."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import Done, until
from .kernel import value
from .project import Project, ours

MIB = 1 << 20
SETTINGS = """\
memory-max = "300M"
memory-high = "280M"
cpu-quota = "150%"
cpu-weight = 50
io-weight = 50
tasks-max = 100
job-memory-max = "200M"
"""
SLICE = {
    "memory.max": str(300 * MIB),
    "memory.high": str(280 * MIB),
    "memory.swap.max": "0",  # the default: memory.max alone lets a job grow into swap
    "cpu.max": "150000 100000",
    "cpu.weight": "50",
    "pids.max": "100",
    "io.weight": "",  # the user manager has no io controller to hand down
}
JOB = {
    "memory.max": str(200 * MIB),
    "memory.swap.max": "0",
    "memory.oom.group": "1",
    "ionice": str(2 << 13 | 6),  # best effort, level 6: the stand-in for io-weight 50
}
OTHERS = """\
memory-max = "600M"
cpu-quota = "infinity"
tasks-max = 200
io-weight = 100
"""
INFINITE = """\
memory-max = "infinity"
memory-swap-max = "infinity"
cpu-quota = "infinity"
tasks-max = "infinity"
io-weight = 100
"""


@pytest.fixture(scope="module")
def built(shared_project: NewProject) -> tuple[Project, Done]:
    project = shared_project(SETTINGS, dict.fromkeys("abc", "rest(2); facts()"))
    return project, project.make("-j3")


@pytest.mark.parametrize("file", SLICE)
def test_slice_has_limit(built: tuple[Project, Done], file: str) -> None:
    project, done = built

    assert done.returncode == 0, done.stderr
    assert value(project.group, file) == SLICE[file]


@pytest.mark.parametrize("fact", JOB)
def test_job_has_limit(built: tuple[Project, Done], fact: str) -> None:
    assert [built[0].facts(name)[fact] for name in "abc"] == [JOB[fact]] * 3


def test_compilers_are_inside_and_make_is_not(built: tuple[Project, Done]) -> None:
    project, _ = built
    groups = {project.begun(name)["cgroup"] for name in "abc"}
    make = (project.root / "make.cgroup").read_text()

    assert len(groups) == 3
    assert all(f"/rocq.slice/{project.slice}/" in group for group in groups)
    assert "rocq" not in make.replace(project.root.name, "")


def test_what_is_not_enforced_is_said_once(built: tuple[Project, Done]) -> None:
    _, done = built

    assert [line for line in ours(done.stderr) if "not enforce" in line] == [
        "rocq-exec: the kernel does not enforce io-weight here: the user manager has no io "
        "controller. See rocqshim doctor"
    ]


def test_nothing_is_added_to_stdout(built: tuple[Project, Done]) -> None:
    lines = built[1].stdout.splitlines()

    assert sorted(lines) == [f"rocq-exec ./coqc {name}.v" for name in "abc"]


def test_changed_limits_hold_in_the_next_build(built: tuple[Project, Done]) -> None:
    project, _ = built
    project.configure(OTHERS)
    project.clean()

    assert project.make("a.vo").returncode == 0
    assert value(project.group, "memory.max") == str(600 * MIB)
    assert value(project.group, "memory.high") == "max"  # taken out, and so lifted
    assert value(project.group, "cpu.max") == "max 100000"
    assert value(project.group, "pids.max") == "200"
    assert project.facts("a")["memory.max"] == "max"


def test_infinity_limits_nothing(new_project: NewProject) -> None:
    project = new_project(INFINITE, {"a": ""})
    done = project.make()

    assert done.returncode == 0
    assert ours(done.stderr) == []
    for file in ("memory.max", "memory.swap.max", "pids.max"):
        assert value(project.group, file) == "max"


def test_a_job_that_runs_too_long_is_killed_with_all_it_has(new_project: NewProject) -> None:
    project = new_project('job-time-max = "10s"\n', {"a": "family(3); rest(99)"})

    done = project.make()

    assert done.returncode == 2
    assert "a.v: killed after 1" in done.stderr
    assert " s, over its time limit (job-time-max 10s, pyproject.toml:2). Raise" in done.stderr
    assert project.verdicts() == {"a.v": "timeout"}
    group = Path("/sys/fs/cgroup" + project.begun("a")["cgroup"])
    until(lambda: not group.exists(), f"{group} to be removed")
