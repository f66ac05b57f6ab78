"""The -j to use: the rule of thumb of the requirements, and where a curve flattens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.advice import FLAT, Point, by_history, by_rule, counts
from rocqshim.settings.model import Machine

G = 1024**3


@pytest.mark.parametrize(
    ("cores", "gigabytes", "jobs", "span"),
    [
        (36, 252, 4, "-j4 to -j8"),
        (24, 128, 3, "-j3 to -j6"),
        (16, 64, 2, "-j2 to -j4"),
        (8, 16, 2, "-j2 to -j2"),
    ],
)
def test_the_rule(cores: int, gigabytes: int, jobs: int, span: str) -> None:
    advice = by_rule(Machine(gigabytes * G, cores), None)

    assert (advice.jobs, advice.source) == (jobs, "rule")
    assert span in advice.reasons[0]


def test_the_rule_is_bounded_by_memory() -> None:
    assert by_rule(Machine(252 * G, 36), 5 * G).jobs == 2
    assert by_rule(Machine(252 * G, 36), 1 * G).jobs == 1


def test_where_the_curve_flattens() -> None:
    points = [Point(1, None), Point(2, 100.0), Point(3, 60.0), Point(4, 50.5), Point(8, 50.0)]

    advice = by_history(points, 12, 8 * G, 8)

    assert (advice.jobs, advice.source) == (4, "history")
    assert "-j1: fails of memory" in advice.reasons
    assert "-j4: 50.5 s" in advice.reasons


curves = st.lists(st.floats(0.1, 1e6) | st.none(), min_size=1).filter(any)


@given(curves)
def test_the_chosen_one_is_as_good_as_the_best(seconds: list[float | None]) -> None:
    points = [Point(jobs + 1, time) for jobs, time in enumerate(seconds)]
    chosen = points[by_history(points, 9, None, 4).jobs - 1].seconds

    best = min(time for time in seconds if time is not None)
    assert chosen is not None
    assert chosen <= best * FLAT


@given(st.integers(1, 4096))
def test_what_is_tried(cores: int) -> None:
    found = counts(cores)

    assert found == sorted(set(found))
    assert found[0] == 1
    assert found[-1] == cores
    assert len(found) < 40
