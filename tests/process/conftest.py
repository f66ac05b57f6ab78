"""Each test has an installation of its own, and ends its broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .installed import Installed


@pytest.fixture
def here(own_world: Path) -> Iterator[Installed]:
    """An installation, a project folder, no broker."""
    made = Installed(own_world)
    try:
        yield made
    finally:
        left = made.close()
    assert not left, f"processes were left behind: {left}"
