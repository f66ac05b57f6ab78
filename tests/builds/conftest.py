"""Build tools as they are: what is missing is a skip, and in CI a failure."""

from __future__ import annotations

from pathlib import Path

import pytest
from workspace import HAS_COMPILER, Workspace


@pytest.fixture
def workspace(tmp_path: Path, shim_env: dict[str, str]) -> Workspace:
    if not HAS_COMPILER:
        pytest.skip("neither coqc nor rocq is installed: apt-get install coq")
    return Workspace(tmp_path / "builds", shim_env)
