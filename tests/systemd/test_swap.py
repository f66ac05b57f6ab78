"""With swap in the machine: memory-swap-max = 0 is the default, and a job does not swap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .conftest import NewProject
from .guest import run, sudo
from .kernel import value

FILE = "/swap-of-the-suite"


@pytest.fixture(scope="module", autouse=True)
def swap() -> Iterator[None]:
    sudo("sh", "-c", f"fallocate -l 512M {FILE} && chmod 600 {FILE} && mkswap -q {FILE}")
    sudo("swapon", FILE)
    yield
    run("sudo", "-n", "swapoff", FILE)
    sudo("rm", FILE)


def test_a_job_over_the_limit_is_killed_and_does_not_swap(new_project: NewProject) -> None:
    project = new_project('memory-max = "150M"', {"big": "hold(400); rest(20)"})
    done = project.make()

    assert "big.v: killed, out of memory in" in done.stderr
    assert project.verdicts() == {"big.v": "oom-slice"}
    assert value(project.group, "memory.swap.max") == "0"
    assert value(project.group, "memory.swap.current") == "0"


def test_swap_can_be_allowed(new_project: NewProject) -> None:
    settings = 'memory-max = "150M"\nmemory-swap-max = "400M"'
    project = new_project(settings, {"big": "hold(250); rest(1)"})
    done = project.make()

    assert done.returncode == 0, done.stderr
    assert value(project.group, "memory.swap.max") == str(400 << 20)
