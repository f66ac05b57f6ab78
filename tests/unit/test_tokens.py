"""Cores for workers: never more than there are, and every job goes on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocqshim.broker.tokens import Tokens


def test_the_first_worker_has_the_core_of_its_job() -> None:
    tokens = Tokens(lambda: 2, lambda: 2)

    assert [tokens.take(1, 1), tokens.take(1, 1), tokens.take(2, 3)] == [1, 0, 1]
    assert tokens.extra == 0


def test_further_ones_take_what_is_free() -> None:
    tokens = Tokens(lambda: 4, lambda: 1)

    assert tokens.take(1, 9) == 4
    assert (tokens.extra, tokens.take(1, 1)) == (3, 0)
    tokens.give_back(1, 2)
    assert (tokens.extra, tokens.take(1, 9)) == (1, 2)
    tokens.forget(1)
    assert tokens.extra == 0


def test_workers_that_run_anyway_count() -> None:
    tokens = Tokens(lambda: 2, lambda: 1)

    tokens.have(1, 4)
    assert (tokens.extra, tokens.take(1, 1), tokens.take(2, 1)) == (3, 0, 1)
    tokens.give_back(1, 4)
    assert tokens.extra == 0


steps = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["take", "back"]), st.integers(1, 5)))


@given(st.integers(1, 8), steps)
def test_never_more_than_there_are(cores: int, steps: list[tuple[int, str, int]]) -> None:
    jobs = min(4, cores)
    tokens = Tokens(lambda: cores, lambda: jobs)
    held = dict.fromkeys(range(1, 5), 0)
    for number, what, count in steps:
        if what == "take":
            got = tokens.take(number, count)
            assert got <= count
            assert got or held[number], "a job whose workers have nothing waits for ever"
            held[number] += got
        else:
            given_back = min(count, held[number])
            tokens.give_back(number, given_back)
            held[number] -= given_back
        assert tokens.extra == sum(max(0, mine - 1) for mine in held.values())
        assert jobs + tokens.extra <= cores
