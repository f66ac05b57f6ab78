"""Texts in columns: names of any letters, sizes and times that stay narrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.top.cells import bar, clean, left, right, short_size, short_time, tail_of, width_of


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("theories/Big.v", "theories/Big.v"),
        ("a\x1b[31mred\n.v", "a?[31mred?.v"),
        ("\udcff.v", "?.v"),
        ("a\u202ev.txt", "a?v.txt"),  # would be shown from the right to the left
        ("e\u0301.v", "é.v"),
        ("漢字.v", "漢字.v"),
    ],
)
def test_a_name_does_nothing_to_the_terminal(name: str, shown: str) -> None:
    assert clean(name) == shown


def test_wide_letters_take_two_columns_and_accents_none() -> None:
    assert width_of("漢字.v") == 6
    assert width_of("x\u0324.v") == 3


@given(st.text(), st.integers(0, 30))
def test_a_cell_has_its_width_whatever_is_in_it(name: str, width: int) -> None:
    text = clean(name)

    assert width_of(left(text, width)) == width
    assert width_of(right(text, width)) == width


def test_of_a_path_the_end_is_kept() -> None:
    assert tail_of("theories/deep/Big.v", 10) == "…eep/Big.v"
    assert tail_of("漢字/漢字.v", 6) == "…字.v"
    assert tail_of("Big.v", 5) == "Big.v"


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "-"), (0, "0"), (1023, "1023"), (int(110.2 * 2**20), "110M"), (3 << 29, "1.5G"),
     (int(1023.9 * 2**20), "1024M"), (2**63 - 1, "8E")],
)  # fmt: skip
def test_a_size_takes_five_columns(amount: int | None, text: str) -> None:
    assert short_size(amount) == text


@given(st.integers(0, 2**63))
def test_every_size_does(amount: int) -> None:
    assert len(short_size(amount)) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "-"), (0.4, "0s"), (59.6, "1m00s"), (192, "3m12s"), (3600, "1h00m"), (7500, "2h05m"),
     (93600, "1d02h")],
)  # fmt: skip
def test_a_time_takes_six_columns(seconds: float | None, text: str) -> None:
    assert short_time(seconds) == text


def test_a_bar_shows_what_is_used_and_what_is_promised() -> None:
    assert bar(12, (0.3, "|"), (0.7, ":")) == "[|||::::   ]"
    assert bar(12, (0.7, "|"), (0.3, ":")) == "[|||||||   ]"
    assert bar(12, (7.0, "|")) == "[||||||||||]"
    assert bar(1, (0.5, "|")) == "[]"
