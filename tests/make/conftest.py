"""Every test here runs once for each GNU make that there is."""

from pathlib import Path

import pytest
from make_project import Project, makes, version


@pytest.fixture(params=makes(), ids=version, scope="session")
def make(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def project(tmp_path: Path, make: str) -> Project:
    return Project(tmp_path, make)
