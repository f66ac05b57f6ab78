"""Out of memory: the right job dies, all of it and nothing else, and the verdict says why."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import Done, sudo, until
from .kernel import control_group, count
from .project import AT_ONCE, Project, kill, ours

MIB = 1 << 20
SIZE = r"[\d.]+[KMG]"
SMALL = 'hold(10); outlive("big")'


def killed(stderr: str) -> list[str]:
    """What rocq-exec said about jobs that were killed."""
    return [line for line in ours(stderr) if "killed" in line]


def test_one_job_among_four(new_project: NewProject) -> None:
    big = 'await("a.begun", "b.begun", "c.begun"); hold(400)'
    settings = f'memory-max = "300M"{AT_ONCE}'
    project = new_project(settings, {"big": big, **dict.fromkeys("abc", SMALL)})
    done = project.make("-j4", "-k")

    assert done.returncode == 2
    assert "make: *** [Makefile:5: big.vo] Killed" in done.stderr
    assert [name for name in ("a", "b", "c", "big") if project.has(f"{name}.vo")] == ["a", "b", "c"]
    (line,) = killed(done.stderr)
    assert re.fullmatch(
        rf"rocq-exec: big\.v: killed, out of memory in {project.slice} "
        rf"\(memory-max 300M, pyproject\.toml:2\); "
        rf"this job had {SIZE} of it, 3 others {SIZE}\. Raise memory-max, or make -j2\.",
        line,
    )
    assert project.verdicts() == {
        "a.v": "success", "b.v": "success", "c.v": "success", "big.v": "oom-slice",
    }  # fmt: skip
    row = project.history()["big.v"]
    assert 200 * MIB < row["memory_peak"] < 300 * MIB
    assert row["status"] == signal.SIGKILL
    assert row["backend"] == "systemd"


def test_all_of_a_job_is_killed(new_project: NewProject) -> None:
    project = new_project('memory-max = "200M"', {"big": "family(2); hold(400)"})

    assert project.make().returncode == 2
    assert project.verdicts() == {"big.v": "oom-slice"}
    # Its children had sessions of their own; conftest looks that no process of a job is left.


def test_limit_of_one_job(new_project: NewProject) -> None:
    settings = 'memory-max = "1G"\n[[tool.rocqshim.files]]\nmatch = "b*.v"\njob-memory-max = "100M"'
    project = new_project(settings, {"a": "hold(150)", "big": "hold(150)"})
    done = project.make("-j2", "-k")

    (line,) = killed(done.stderr)
    assert "big.v: killed, out of memory at its own limit (job-memory-max 100M, " in line
    assert project.verdicts() == {"a.v": "success", "big.v": "oom-job"}


@pytest.fixture
def capped(new_project: NewProject, tmp_path: Path) -> tuple[Project, Done]:
    """A build that ran into [caps], the bound of all projects together: rocq.slice."""
    config = tmp_path / "config"
    (config / "rocqshim").mkdir(parents=True)
    (config / "rocqshim/config.toml").write_text('[caps]\nmemory-max = "200M"\n')
    project = new_project('memory-max = "1G"', {"big": "hold(300)"}, name="capped")
    return project, project.make(env={"XDG_CONFIG_HOME": str(config)})


def test_limit_of_the_user(capped: tuple[Project, Done]) -> None:
    project, done = capped
    (line,) = killed(done.stderr)
    assert project.verdicts() == {"big.v": "oom-slice"}
    assert "200M" in line
    assert "config.toml:2" in line


@pytest.fixture
def tight_user() -> Iterator[str]:
    """A limit above ours, that of an administrator: user@1000.service.

    Not user-1000.slice: make, launcher and pytest are in there, too, and at its limit their own
    programs are taken from memory and read again for minutes, before the kernel gives that up.
    """
    name = f"user@{os.getuid()}.service"
    group = control_group(name)
    held = sum(count(group, "memory.stat", key) for key in ("anon", "kernel", "shmem"))
    sudo("systemctl", "set-property", "--runtime", name, f"MemoryMax={held + 200 * MIB}")
    yield name
    sudo("systemctl", "set-property", "--runtime", name, "MemoryMax=infinity")


def test_limit_above_ours(new_project: NewProject, tight_user: str) -> None:
    project = new_project('memory-max = "1G"', {"big": "hold(600)"})
    done = project.make()

    (line,) = killed(done.stderr)
    assert f"killed, out of memory in {tight_user}, whose limit is above rocqshim's" in line
    assert project.verdicts() == {"big.v": "oom-host"}


@pytest.mark.usefixtures("capped")
def test_limit_above_ours_under_another_broker(new_project: NewProject, tight_user: str) -> None:
    """That rocq.slice was hit before this job began is not this kill's reason."""
    project = new_project('memory-max = "1G"', {"big": 'await("go"); hold(600)'})
    make = project.start("make")
    project.begun("big")
    kill(project.broker_pid(), signal.SIGKILL)
    until(lambda: project.is_served("big.v"), "the next broker has adopted the job")
    project.write("go", "")

    assert make.end() == 2
    (line,) = killed(make.output())
    assert f"killed, out of memory in {tight_user}, whose limit is above rocqshim's" in line
    assert project.verdicts() == {"big.v": "oom-host"}


def test_plain_kill_is_no_out_of_memory(new_project: NewProject) -> None:
    project = new_project('memory-max = "300M"', {"a": "rest(300)"})
    make = project.start("make")
    kill(project.pid("a"), signal.SIGKILL)

    assert make.end() == 2
    assert project.verdicts() == {"a.v": "signal"}
    (line,) = killed(make.output())
    assert "killed by SIGKILL, and not by a memory limit" in line


def test_failing_compiler_is_left_alone(new_project: NewProject) -> None:
    project = new_project('memory-max = "300M"', {"a": "exit 3"})
    done = project.make()

    assert "Error 3" in done.stderr
    assert killed(done.stderr) == []
    until(lambda: project.verdicts() == {"a.v": "exit-code"})
    assert project.history()["a.v"]["status"] == 3 << 8
