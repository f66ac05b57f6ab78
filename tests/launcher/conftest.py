"""Each test has a world of its own: runtime folder, broker, project; nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .installed import build_wheel, environment
from .shim import Shim


@pytest.fixture
def shim() -> Iterator[Shim]:
    """A world of this test alone."""
    yield from a_world()


@pytest.fixture(scope="module")
def warm() -> Iterator[Shim]:
    """A world with a running broker, shared by tests that only look at one call."""
    yield from a_world(warm=True)


def a_world(warm: bool = False) -> Iterator[Shim]:
    made = Shim()
    try:
        if warm:
            assert made.run("true").returncode == 0
        yield made
    finally:
        left = made.close()
    assert not left, f"processes were left behind: {left}"


@pytest.fixture
def world(warm: Shim) -> Iterator[Shim]:
    """``warm``, with a socket of its own for each test and a fresh project folder."""
    (warm.work / "ran").unlink(missing_ok=True)
    for marker in (warm.folder / "run/rocqshim").glob("unlimited-*"):
        marker.unlink()
    path = warm.folder / "fake.sock"
    warm.env.update(ROCQSHIM_SOCKET=str(path), ROCQSHIM_BROKER_TIMEOUT="20")
    yield warm
    for each in warm.folder.glob("fake.sock*"):
        each.unlink()
    del warm.env["ROCQSHIM_SOCKET"], warm.env["ROCQSHIM_BROKER_TIMEOUT"]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment whose path has a space in it."""
    return environment(tmp_path_factory.mktemp("my env") / "with space", wheel)
