"""The statistics below the predictions."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.prediction.regression import Regression
from rocqshim.prediction.sample import Sample

figures = st.lists(st.floats(1, 1e12), min_size=2, max_size=40)


def sample(given_figures: list[float]) -> Sample:
    found = Sample()
    for figure in given_figures:
        found.add(figure)
    return found


@given(figures, st.lists(st.floats(1, 1e12), max_size=10))
def test_it_is_as_if_what_was_taken_out_had_never_been_there(
    kept: list[float], removed: list[float]
) -> None:
    found = sample([*kept, *removed])
    for figure in removed:
        found.remove(figure)

    logarithms = [math.log(figure) for figure in kept]
    assert len(found) == len(kept)
    assert found.spread == pytest.approx(statistics.stdev(logarithms), abs=1e-4)
    assert found.quantile(1.0) == max(kept)
    assert found.quantile(0.0) == min(kept)


def test_what_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(ValueError, match="not in the sample"):
        sample([1.0, 2.0]).remove(3.0)


def test_a_small_sample_is_taken_for_less_than_a_large_one() -> None:
    few, many = sample([1.0, 2.0]), sample([1.0, 2.0] * 9)

    assert few.exceeded(0.02) > many.exceeded(0.02) > 2.0


def test_of_many_one_of_them_is_taken_and_beyond_about_the_highest() -> None:
    even = sample([1.0 + n / 40 for n in range(40)])

    assert even.exceeded(1 / 80) == pytest.approx(1.975)  # half a place: the highest
    assert even.exceeded(3 / 80) == pytest.approx(1.95)
    assert 1.95 < even.exceeded(2 / 80) < 1.975
    assert even.exceeded(0.0001) == pytest.approx(1.975 * 1.05)


@given(figures, st.floats(0.001, 0.9), st.floats(0.001, 0.9))
def test_what_is_exceeded_more_often_is_less(
    given_figures: list[float], a: float, b: float
) -> None:
    found = sample(given_figures)
    rare, often = sorted((a, b))
    count = len(given_figures)
    if rare * count >= 0.5:
        assert found.exceeded(rare) >= found.exceeded(often) * (1 - 1e-9)


def test_a_line_through_what_is_on_a_line() -> None:
    line = Regression()
    for n in range(1, 12):
        line.add(n * 1000 - 1, n * 3000)

    assert line.middle(5999) == pytest.approx(18000, rel=1e-3)


def test_who_loads_more_does_not_need_less() -> None:
    line = Regression()
    for n in range(1, 12):
        line.add(n * 1000, 100_000 / n)

    assert line.middle(1) == pytest.approx(line.middle(10**6))


def test_of_files_that_all_load_nearly_the_same_the_slope_says_nothing() -> None:
    """It would be beyond all figures; and nothing is said of sizes that were not seen."""
    line = Regression()
    for n in range(10):
        line.add(100_000_000 + n % 2 * 3000, (n % 2 + 1) * 1e9)

    assert line.middle(100_003_000) == pytest.approx(2**0.5 * 1e9, rel=0.01)
    assert line.middle(200_000_000) == line.middle(100_003_000)
    assert line.middle(5) == line.middle(100_000_000)


def test_few_files_tell_nothing_and_all_the_same_the_mean() -> None:
    line = Regression()
    assert line.middle(1000) is None
    for _ in range(20):
        line.add(1000, 5000)

    assert line.middle(9999) == pytest.approx(5000)


@given(st.lists(st.tuples(st.floats(0, 1e12), st.floats(1, 1e12)), min_size=8, max_size=30))
def test_what_is_taken_out_of_a_line_is_forgotten(points: list[tuple[float, float]]) -> None:
    line, plain = Regression(), Regression()
    line.add(77.0, 99.0)
    for point in points:
        line.add(*point)
        plain.add(*point)
    line.add(77.0, 99.0, -1)

    assert len(line) == len(plain)
    inside = points[0][0]  # 77 stays a size that was seen
    assert line.middle(inside) == pytest.approx(plain.middle(inside), rel=0.05)
