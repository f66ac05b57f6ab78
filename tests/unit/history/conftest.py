"""Where the history of a test lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.history import FILE


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A history in a folder that is not there yet."""
    return str(tmp_path / "state" / "rocqshim" / FILE)
