"""The order of those that wait, against a plain sorted list."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.admission import order as order_module
from rocqshim.admission.model import Waiting
from rocqshim.admission.order import Order

jobs = st.tuples(st.integers(0, 9), st.integers(0, 3), st.sampled_from([False, False, True]))


def plain(jobs: dict[int, Waiting]) -> list[Waiting]:
    return sorted(jobs.values(), key=lambda job: (-job.priority, job.number))


@settings(deadline=None, max_examples=100)
@given(st.lists(jobs, max_size=60), st.lists(st.integers(0, 200)), st.integers(0, 10))
def test_it_is_a_sorted_list(
    given_jobs: list[tuple[int, int, bool]], removed: list[int], free: int
) -> None:
    order, expected = Order(), {}
    before, order_module.BLOCK = order_module.BLOCK, 4
    try:
        for number, (peak, priority, exclusive) in enumerate(given_jobs):
            expected[number] = Waiting(number, peak, priority, None, exclusive)
            order.add(expected[number])
        for index in removed:
            if expected:
                number = sorted(expected)[index % len(expected)]
                assert order.remove(number) == expected.pop(number)
    finally:
        order_module.BLOCK = before

    left = plain(expected)
    fitting = [job for job in left if job.peak <= free and not job.exclusive]
    assert len(order) == len(left)
    assert order.numbers() == sorted(expected)
    assert order.first() == (left[0] if left else None)
    assert list(order.fitting(free)) == fitting
    assert order.first_fitting(free) == (fitting[0] if fitting else None)
    if fitting:
        others = fitting[1:]
        assert order.first_fitting(free, fitting[0].number) == (others[0] if others else None)
    assert all((number in order) == (number in expected) for number in range(len(given_jobs)))


def test_an_exclusive_job_fits_in_nowhere_however_much_is_free() -> None:
    order = Order()
    order.add(Waiting(1, 0, exclusive=True))

    assert order.first_fitting(float("inf")) is None
    assert order.first() == Waiting(1, 0, exclusive=True)
