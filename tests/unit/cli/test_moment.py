"""Moments as people write them."""

from __future__ import annotations

import time

import pytest

from rocqshim.cli.moment import moment

NOW = 1_800_000_000.0
HOUR = 3600


@pytest.mark.parametrize(
    ("text", "ago"),
    [("90s", 90), ("30m", 1800), ("5min", 300), ("90 min ago", 5400), ("1.5h", 5400),
     ("2h", 2 * HOUR), ("3d", 72 * HOUR),
     ("1w", 168 * HOUR), (" 2 h ", 2 * HOUR), ("0s", 0)],
)  # fmt: skip
def test_ago(text: str, ago: int) -> None:
    assert moment(text, NOW) == NOW - ago


def test_dates_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert moment("2026-11-01", NOW) == 1793505600  # 00:00 EDT is 04:00 UTC
        assert moment("2026-11-02T12:00", NOW) == 1793638800  # and in winter 17:00 UTC
        assert moment("2026-11-02 12:00:30", NOW) == 1793638830
        assert moment("2026-11-02T12:00Z", NOW) == 1793620800
        assert moment("2026-11-02T12:00+02:00", NOW) == 1793613600
    finally:
        monkeypatch.undo()
        time.tzset()


def test_unix_time() -> None:
    assert moment("@1793505600", NOW) == 1793505600


def test_of_this_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    try:
        today = NOW - NOW % (24 * HOUR)
        assert moment("today", NOW) == today
        assert moment("Yesterday", NOW) == today - 24 * HOUR
        assert moment("07:30", NOW) == today + 7.5 * HOUR
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2", "h", "-2h", "2h3m", "2026-13-01", "2026-02-30", "2026-1-1",
     "2026-11-01T25:00", "25:00", "20261101", "9999999999d", "0000-01-01"],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    with pytest.raises(ValueError):
        moment(text, NOW)
