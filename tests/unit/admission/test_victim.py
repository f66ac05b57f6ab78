"""Whom the kernel is led to when the slice is full."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocqshim.admission.model import Running
from rocqshim.admission.victim import kill_order, oom_score_adj

ANY = st.lists(
    st.builds(
        Running,
        st.integers(1, 10**6),
        started=st.floats(0, 1e6),
        exclusive=st.booleans(),
        interactive=st.booleans(),
    ),
    unique_by=lambda run: run.number,
)


def test_the_youngest_first_then_exclusive_then_interactive() -> None:
    runs = [
        Running(1, started=5, interactive=True),
        Running(2, started=9, exclusive=True),
        Running(3, started=1),
        Running(4, started=7),
    ]

    assert kill_order(runs) == [4, 3, 2, 1]
    assert oom_score_adj(runs) == {4: 1000, 3: 700, 2: 400, 1: 0}


def test_compilers_alone_are_ordered_and_go_before_the_desktop() -> None:
    assert oom_score_adj([Running(n, started=n) for n in (1, 2, 3)]) == {3: 700, 2: 400, 1: 100}
    assert oom_score_adj([Running(1)]) == {1: 700}


@given(ANY)
def test_scores_keep_the_order_and_the_kernels_range(runs: list[Running]) -> None:
    scores = oom_score_adj(runs)
    inorder = [scores[number] for number in kill_order(runs)]

    assert inorder == sorted(inorder, reverse=True)
    assert set(scores) == {run.number for run in runs}
    assert all(0 <= score <= 1000 for score in inorder)
    spared = {run.number for run in runs if run.interactive}
    assert all(scores[number] == 0 for number in spared)
    assert all(scores[number] >= 100 for number in scores.keys() - spared)
    assert not spared or all(scores[number] >= 400 for number in scores.keys() - spared)
