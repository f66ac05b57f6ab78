"""Root builds under the system manager, in a slice of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import NewProject
from .guest import SHIM, run, sudo
from .kernel import control_group, value
from .project import Project

MIB = 1 << 20
AS_ROOT = ("sudo", "-n", "env", "PATH=/usr/local/bin:/usr/bin:/bin", "ROCQSHIM_START_TIMEOUT=120")


@pytest.fixture
def project(new_project: NewProject) -> Iterator[Project]:
    made = new_project('memory-max = "250M"', {"a": "rest(1)", "big": "hold(400)"})
    yield made
    sudo(SHIM, "stop", "--all", "--broker")
    sudo("chown", "-R", "dev:", str(made.root))


def test_the_system_manager_takes_the_users_place(project: Project) -> None:
    done = run(*AS_ROOT, "make", "-k", "-j2", cwd=project.root)
    group = control_group(project.slice)

    assert project.begun("a")["cgroup"].startswith(f"/rocq.slice/{project.slice}/")
    assert value(group, "memory.max") == str(250 * MIB)
    assert value(group, "memory.swap.max") == "0"
    assert value(group, "io.weight") == "default 50"  # the system manager has the io controller
    assert "big.v: killed, out of memory in" in done.stderr
    assert "not enforce" not in done.stderr
    assert project.has("a.vo")
    assert not project.has("big.vo")
    assert project.slice in sudo(SHIM, "status", cwd=project.root)
    assert "nothing has run here" in project.shim("status").stdout  # the user's own broker
