"""Times as systemd reads them: the table is what systemd-analyze timespan of 252 says."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.settings.found import BadValue
from rocqshim.settings.time_span import human_time, parse_time

READ = {
    "5min 20s": 320, "5min20s": 320, "20s 5min": 320, "2h": 7200, "1.5h": 5400, "90": 90,
    "0.5": 0.5, ".5": 0.5, "1m": 60, "1 min": 60, "1M": 2629800, "1d3": 86403, "1 2": 3,
    "12.34 .56": 12.9,
    "100ms": 0.1, "1w": 604800, "1y": 31557600, "1 hour": 3600, "1hr": 3600, "+5": 5,
    "1min.5": 60.5, "1us": 1e-6, "1µs": 1e-6, "1μs": 1e-6, " 7 month ": 18408600,
}  # fmt: skip
REFUSED = ["12.34.56", "5.", ".", "2 hrs", "3 S", "-1", "1e3", "1nsec", "5 minutes and", "s", "1ss"]


@pytest.mark.parametrize(("text", "seconds"), READ.items())
def test_what_systemd_reads(text: str, seconds: float) -> None:
    assert parse_time(text, "") == pytest.approx(seconds)


@pytest.mark.parametrize("text", REFUSED)
def test_what_systemd_refuses(text: str) -> None:
    with pytest.raises(BadValue):
        parse_time(text, "")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
@pytest.mark.parametrize("text", [*READ, *REFUSED])
def test_the_table_is_right(text: str) -> None:
    command = ["systemd-analyze", "timespan", "--", text]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"s: (\d+)", done.stdout)

    assert (int(found[1]) / 1e6 if found else None) == pytest.approx(READ.get(text))


@pytest.mark.parametrize("found", [7, 7.0, "7", "7s"])
def test_a_number_is_seconds(found: object) -> None:
    assert parse_time(found, "") == 7.0


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (0, "is zero"),
        ("0s", "is zero"),
        (-1, "is negative"),
        (True, "is a boolean"),
        ("", "is empty"),
        (float("nan"), "is not a time"),
        (float("inf"), "is a float"),
        ("2000y", "is too large (more than 1000 years)"),
        ("9" * 400, "is not a time"),
    ],
)
def test_what_is_wrong_with_it(found: object, problem: str) -> None:
    with pytest.raises(BadValue) as error:
        parse_time(found, "")

    assert error.value.problem == problem


@pytest.mark.parametrize(
    ("text", "meant"), [("5 mins", "5 min"), ("2HRS", "2hr"), ("9 Secs", "9 sec")]
)
def test_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(BadValue, match=f'did you mean "{meant}"'):
        parse_time(text, "a time")


@given(st.integers(1, 10**12))
def test_what_is_written_is_read_again(milliseconds: int) -> None:
    assert parse_time(human_time(milliseconds / 1000), "") == pytest.approx(milliseconds / 1000)
