"""The counters above a job, on their way through its launcher."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.backend import Level
from rocqshim.broker.levels import as_text, levels_in

NAMES = st.text("abcz09.-_@ =", min_size=1)


@given(st.lists(st.builds(Level, NAMES, st.integers(0, 10**18 - 1))))
def test_there_and_back(levels: list[Level]) -> None:
    assert levels_in(as_text(levels)) == tuple(levels)


def test_what_cannot_be_read_is_no_counter() -> None:
    assert as_text([Level("rocq.slice", None), Level("user.slice", 3)]) == "3 user.slice"


@pytest.mark.parametrize("text", ["", "\n", "3", "3 ", "x rocq.slice", "-1 a", "9" * 5000 + " a"])
def test_nonsense_is_left_out(text: str) -> None:
    assert levels_in(text) == ()
