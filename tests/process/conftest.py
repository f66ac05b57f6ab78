"""Each test has an installation of its own, and ends its broker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .installed import Installed
from .tmux import Tmux


@pytest.fixture
def here(own_world: Path) -> Iterator[Installed]:
    """An installation, a project folder, no broker."""
    made = Installed(own_world)
    try:
        yield made
    finally:
        left = made.close()
    assert not left, f"processes were left behind: {left}"


@pytest.fixture
def terminal(here: Installed) -> Iterator[Callable[..., Tmux]]:
    """A function that opens a terminal, of 80 by 24 unless it is told otherwise."""
    if not shutil.which("tmux"):
        pytest.skip("there is no tmux here: apt-get install tmux")
    opened: list[Tmux] = []

    def open_(columns: int = 80, lines: int = 24, **variables: str) -> Tmux:
        opened.append(Tmux(here, columns, lines, **variables))
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
