"""Two answers make a rate; what does not belong together makes none."""

from __future__ import annotations

import pytest

from rocqshim.top.rates import Rates, cpu_of_job, rates
from rocqshim.top.state import Look

from .answers import answer, job, project


def two(before: dict[str, object], now: dict[str, object], pid: int = 9) -> Look:
    return Look(answer(project(**now), now=1002.0), answer(project(**before), pid=pid))


def test_what_a_slice_spends_now() -> None:
    seen = two({"cpu": 100.0, "read": 0, "written": 50}, {"cpu": 103.0, "read": 90, "written": 50})

    assert rates(seen, project(cpu=103.0, read=90, written=50)) == Rates(1.5, 45.0, 0.0)


def test_what_nobody_counts_has_no_rate() -> None:
    nothing: dict[str, object] = {"cpu": None, "read": None, "written": None}

    assert rates(two(nothing, nothing), project(**nothing)) == Rates()


def test_answers_of_two_brokers_or_only_one_have_none() -> None:
    assert rates(two({}, {}, pid=8), project()) == Rates()
    assert rates(Look(answer(project())), project()) == Rates()
    assert rates(Look(answer(project()), answer()), project()) == Rates()


def test_a_sum_that_fell_has_none() -> None:
    assert rates(two({"cpu": 9.0}, {}), project(cpu=3.0)).cpu is None


def test_a_job_between_two_looks() -> None:
    now = job("a.v", cpu=13.0)
    seen = two({"jobs": [job("a.v", cpu=10.0)]}, {"jobs": [now]})

    assert cpu_of_job(seen, project(jobs=[now]), now) == 1.5


@pytest.mark.parametrize(("seconds", "cores"), [(4.0, 0.5), (0.1, None)])
def test_a_new_job_on_the_mean(seconds: float, cores: float | None) -> None:
    new = job("a.v", cpu=2.0, seconds=seconds)
    other = job("a.v", cpu=50.0, pid=12)  # the attempt before had the same place

    assert cpu_of_job(two({"jobs": [other]}, {"jobs": [new]}), project(jobs=[new]), new) == cores
