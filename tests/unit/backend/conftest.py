"""A build on the watchdog that leaves nothing behind."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator

import pytest

from .watchdog_support import Build, of_slice

_numbers = itertools.count()


@pytest.fixture
def build() -> Iterator[Build]:
    """A slice of this test alone; at its end, no process of it may be left."""
    made = Build(f"rocq-test{os.getpid()}x{next(_numbers)}.slice")
    yield made
    made.end()
    assert of_slice(made.slice.name) == set()
