"""The suite for a machine with systemd; user ``dev`` of tests/vm, in a session of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from .guest import run, until
from .kernel import job_processes
from .leftovers import clear, leftovers
from .project import Project

NewProject = Callable[..., Project]


@pytest.fixture(scope="session", autouse=True)
def nothing_left(session_folder: Path) -> Iterator[None]:
    """A clean start, with a broker of this code; and at the end nothing of ours anywhere."""
    if os.getuid() == 0 or run("sudo", "-n", "id", "eve").returncode:
        pytest.skip("needs a user who may sudo, and a second one, eve: tests/vm has both")
    if leftovers():
        clear()
    before = leftovers()
    yield
    clear()
    assert not leftovers() - before


@pytest.fixture(autouse=True)
def no_job_left() -> Iterator[None]:
    """Each test ends without a process of a job."""
    yield
    until(lambda: not job_processes(), "every job is gone", 30)


@pytest.fixture
def new_project(tmp_path: Path) -> NewProject:
    """Make a project: settings, sources by name, and the folder's name (and so the slice's)."""
    return maker(tmp_path)


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> NewProject:
    """The same for all tests of a file."""
    return maker(tmp_path_factory.mktemp("shared"))


def maker(base: Path) -> NewProject:
    """Projects below ``base``, named after it: each slice of the suite has a name of its own."""

    def make(settings: str, sources: Mapping[str, str], name: str = "") -> Project:
        folder = name or f"{base.name}{len(list(base.iterdir()))}"
        return Project(base / folder, settings, sources)

    return make
