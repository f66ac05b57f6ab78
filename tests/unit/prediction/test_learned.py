"""What a job is predicted to need, and what the prediction says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rocqshim.prediction.budget import BOLD, MOST, ONE_MORE, TOLERATED, Budget
from rocqshim.prediction.growth import place
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import AGES, Prediction, Record, Subject

G = 2**30
M = 2**20
A = Subject("theories/A.v", digest="1", compiler="coq", loads=100 * M)


def record(subject: Subject, gigabytes: float, seconds: float = 10.0, **more: object) -> Record:
    return Record(subject, int(gigabytes * G), seconds, **more)  # type: ignore[arg-type]


def learned(*records: Record, memory: int | None = 8 * G) -> Learned:
    found = Learned(memory)
    for one in records:
        found.learn(one)
    return found


def files(count: int, gigabytes: float, folder: str = "theories") -> list[Record]:
    """Files whose peaks differ by a few per cent, and have nothing to do with what they load."""
    return [
        record(Subject(f"{folder}/F{n}.v", loads=(n % 2 + 1) * M), gigabytes * (1 + n % 5 / 100))
        for n in range(count)
    ]


def test_an_unchanged_file_needs_what_it_needed_and_a_small_margin() -> None:
    found = learned(record(A, 2, 30.0)).predict(A)

    assert (found.source, found.seconds) == ("unchanged", 30.0)
    assert 2 * G <= found.peak <= 2.03 * G
    assert found.reason == "It is unchanged: its last peak and 1.0 % more."


def test_the_margin_is_what_repeats_have_shown() -> None:
    exact = learned(*[record(A, 2) for _ in range(5)])
    assert exact.predict(A).peak == 2 * G

    loose = learned(*[record(A, 2 * (1 + n % 2 * 0.04)) for n in range(8)])
    assert loose.predict(A).peak == pytest.approx(2 * G * 1.04 * 1.04, rel=0.001)


def test_of_short_runs_nobody_knows_whether_they_repeat() -> None:
    """The watchdog looks five times a second: what it sees of them is chance."""
    short = [record(Subject("short.v"), 0.01 * (1 + n % 2 * 9), 0.2) for n in range(8)]

    assert learned(*short, record(A, 2)).predict(A).peak <= 2.03 * G


def test_the_last_peak_counts_and_not_the_highest_or_first() -> None:
    assert learned(record(A, 5), record(A, 2)).predict(A).peak < 2.1 * G


@pytest.mark.parametrize(
    "now",
    [replace(A, digest="2"), replace(A, compiler="rocq"), replace(A, lean=True)],
    ids=["source", "compiler", "heap"],
)
def test_a_changed_file_needs_the_most_it_has_needed_lately(now: Subject) -> None:
    found = learned(record(A, 2, 10.0), record(A, 4, 30.0), record(A, 3, 20.0)).predict(now)

    assert (found.source, found.peak, found.seconds) == ("changed", 5 * G, 20.0)
    assert found.reason == "It has changed: the highest peak of its last 3 runs and a quarter more."


def test_kinds_are_kept_apart() -> None:
    known = learned(record(A, 2), record(replace(A, kind="vos"), 1))

    assert known.predict(A).peak > 1.9 * G
    assert known.predict(replace(A, kind="vos")).peak < 1.1 * G
    assert known.predict(replace(A, kind="vok")).source == "default"


def test_a_new_file_is_judged_by_what_it_loads() -> None:
    known = learned(
        *[record(Subject(f"F{n}.v", loads=n * 100 * M), 0.4 + n / 10) for n in range(1, 15)]
    )
    small = known.predict(Subject("New.v", loads=200 * M))
    large = known.predict(Subject("New.v", loads=1400 * M))

    assert small.source == large.source == "regression"
    assert 0.6 * G < small.peak < 1.2 * G
    assert 1.6 * G < large.peak < 2.6 * G
    assert small.reason.startswith("It was never seen: from the size of what it loads")


def test_a_size_that_says_nothing_is_not_believed() -> None:
    assert learned(*files(20, 1.0)).predict(Subject("x/New.v", loads=9 * M)).source == "project"


def test_a_new_file_is_like_its_siblings_if_they_are_alike() -> None:
    known = learned(*files(40, 1.0, "small"), *files(40, 4.0, "large"))
    known.expect(120, 10)

    found = known.predict(Subject("small/New.v"))
    assert found.source == "siblings"
    assert G < found.peak < 2 * G
    assert known.predict(Subject("other/New.v")).source == "project"
    assert known.predict(Subject("other/New.v")).peak > 4 * G


def test_with_nothing_known_it_is_a_guess_that_says_so() -> None:
    found = Learned(8 * G).predict(A)

    assert found == Prediction(2 * G, None, "default", found.reason)
    assert found.reason == "Nothing is known yet: a guess, not a measurement."
    assert Learned().predict(A).peak == 2 * G


def test_a_guess_is_not_below_what_is_seen_to_run() -> None:
    known = Learned(8 * G)

    assert known.watch(Subject("B.v"), 3 * G, {2: 3 * G})
    assert not known.watch(Subject("B.v"), 3 * G, {2: 3 * G, 3: 3 * G})  # no news
    assert known.predict(A).peak == 3 * G


def test_what_is_declared_goes_before_what_is_known() -> None:
    known = learned(record(A, 2, 30.0))
    found = known.predict(replace(A, expected=5 * G))

    assert (found.peak, found.seconds, found.source) == (5 * G, 30.0, "expected-memory")


def test_who_was_killed_gets_more_until_it_has_ended_once() -> None:
    known = learned(record(A, 2))
    known.killed(A, 5 * G)
    assert known.predict(A).source == "retry"
    assert known.predict(A).peak == 5 * G
    assert known.predict(replace(A, expected=G)).peak == 5 * G

    known.killed(A, 4 * G)  # it is not forgotten that 5 G were wanted
    assert known.predict(A).peak == 5 * G

    known.learn(record(A, 4.5))
    assert known.predict(A).source == "unchanged"


def test_what_was_cut_short_or_not_measured_teaches_nothing() -> None:
    known = learned(record(A, 9, complete=False), Record(A, None, 5.0), Record(A, 0, 5.0))

    assert known.predict(A).source == "default"
    assert known.seconds(A.file) is None
    assert known.last(A.file) is None


def test_durations_are_a_files_own_or_the_mean() -> None:
    known = learned(record(A, 1, 10.0), record(Subject("B.v"), 1, 30.0))

    assert known.seconds(A.file) == 10.0
    assert known.seconds("New.v") == 20.0
    known.learn(record(A, 1, 50.0))
    assert known.seconds("New.v") == 40.0


def test_kills_make_cautious_until_enough_has_ended_well() -> None:
    spread = [record(Subject(f"{n}/F.v"), 1 + n) for n in range(40)]
    known, new = learned(*spread, memory=None), Subject("New.v")
    known.expect(240, 8)
    before = known.predict(new).peak
    for n in range(5):
        known.killed(Subject(f"k{n}/K.v"), 20 * G)
    after = known.predict(new).peak

    assert before < 40 * G < after


def test_the_share_of_low_guesses_is_what_is_left_over_those_to_come() -> None:
    budget = Budget()
    budget.open = 1000
    assert budget.share == pytest.approx(BOLD * TOLERATED)

    for n in range(15):
        budget.killed(f"F{n}.v")
        budget.killed(f"F{n}.v")  # again: counts once
    assert budget.share == pytest.approx(BOLD * ONE_MORE / 1000)
    budget.open, budget.guessed = 0, 1000
    assert budget.share == MOST


def test_five_small_siblings_do_not_hide_a_tail_that_all_others_have() -> None:
    tail = [record(Subject(f"d{n % 8}/F{n}.v"), 9 if n % 10 == 0 else 0.5) for n in range(80)]
    known = learned(*tail, *[record(Subject(f"new/F{n}.v"), 0.5) for n in range(5)])
    known.expect(185, 100)

    assert known.predict(Subject("new/New.v")).peak > 3 * G


# While a job runs ---------------------------------------------------------------------------

GUESS = Prediction(4 * G, None, "default", "")


def watched(*shares: float, gigabytes: float = 2.0) -> Record:
    """A job that had these shares of its peak at the first of AGES."""
    course = tuple(int(share * gigabytes * G) for share in shares)
    return record(Subject("W.v"), gigabytes, AGES[len(shares)], course=course)


def test_a_guess_comes_down_to_what_such_jobs_grow_to() -> None:
    known = Learned(8 * G)
    assert known.reservation(GUESS, G // 2, {0: G // 2}) == 4 * G  # nobody knows yet

    for name in "abc":
        known.learn(replace(watched(0.5, 0.8, 1.0), subject=Subject(name)))

    assert known.reservation(GUESS, G // 2, {0: G // 2}) == G
    assert known.reservation(GUESS, G, {1: G}) == pytest.approx(1.25 * G, rel=1e-6)
    assert known.reservation(GUESS, G, {2: G}) == G
    assert known.reservation(GUESS, 3 * G, {1: 3 * G}) == pytest.approx(3.75 * G, rel=1e-6)


def test_before_anything_was_watched_an_old_job_is_believed_more_than_a_young_one() -> None:
    known = Learned(8 * G)
    found = [
        known.reservation(GUESS, G // 2, {place(age): G // 2}) for age in (0.0, 1.0, 10.0, 300.0)
    ]

    assert found == sorted(found, reverse=True)
    assert found[0] == 4 * G
    assert found[-1] < G


def test_who_uses_more_than_was_guessed_may_go_on_growing() -> None:
    assert Learned(8 * G).reservation(GUESS, 5 * G, {4: 5 * G}) == int(6.25 * G)


@pytest.mark.parametrize("source", ["unchanged", "expected-memory"])
def test_what_was_measured_or_declared_stays_reserved(source: str) -> None:
    sure = Prediction(4 * G, None, source, "")

    assert Learned(8 * G).reservation(sure, M, {10: M}) == 4 * G


def test_of_all_looks_the_one_that_tells_most_counts() -> None:
    known = Learned(8 * G)
    for name, later in (("a", 0.3), ("b", 0.9), ("c", 0.5)):
        known.learn(replace(watched(0.2, later, 1.0), subject=Subject(name)))
    use = G // 5  # at the start all had a fifth; after that they went different ways

    assert known.reservation(GUESS, use, {0: use, 1: use}) == pytest.approx(G, rel=1e-6)
