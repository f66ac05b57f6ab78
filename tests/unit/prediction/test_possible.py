"""What a predictor may say, whatever it was told: nothing that could not be."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rocqshim.prediction.growth import GROWING, place
from rocqshim.prediction.learned import Learned
from rocqshim.prediction.model import AGES, GUESSES, SOURCES, Record, Subject
from rocqshim.prediction.sample import beyond
from rocqshim.prediction.unseen import DEFAULT, DEFAULT_PART, ENOUGH

G, M = 2**30, 2**20
NEW = Subject("a/New.v", loads=50 * M)


@dataclass(frozen=True)
class Killed:
    """A job was killed and is to have so many bytes."""

    subject: Subject
    wanted: int


@dataclass(frozen=True)
class Watched:
    """A job that runs was seen to use so many bytes at an age."""

    subject: Subject
    use: int
    age: float


@dataclass
class Seen:
    """The largest figures of what was told, in bytes."""

    peak: int = 0
    use: int = 0
    wanted: int = 0
    files: set[tuple[str, str]] = field(default_factory=set)


def learned(past: list[Event], memory: int | None) -> tuple[Learned, Seen]:
    known, seen = Learned(memory), Seen()
    for event in past:
        seen.files.add((event.subject.file, event.subject.kind))
        if isinstance(event, Record):
            known.learn(event)
            seen.peak = max(seen.peak, (event.peak or 0) if event.complete else 0)
        elif isinstance(event, Killed):
            known.killed(event.subject, event.wanted)
            seen.wanted = max(seen.wanted, event.wanted)
        else:
            known.watch(event.subject, event.use, {place(event.age): event.use})
            seen.use = max(seen.use, event.use)
    return known, seen


subjects = st.builds(
    Subject,
    st.builds("{}/F{}.v".format, st.sampled_from("ab"), st.integers(0, 9)),
    st.sampled_from(["vo", "vo", "vos"]),
    st.sampled_from(["1", "2"]),
    loads=st.none() | st.integers(0, 10**9),
    expected=st.none() | st.integers(1, 10**11),
)
sizes = st.integers(0, 10**11) | st.sampled_from([0, 1, 16_384, 60 * M, 337 * M])
courses = st.lists(sizes, max_size=len(AGES)).map(tuple)
Event = Record | Killed | Watched
events = st.one_of(
    st.builds(Record, subjects, st.none() | sizes, st.floats(0, 1e5), st.booleans(), courses),
    st.builds(Record, subjects, sizes, st.floats(0, 10), course=courses),
    st.builds(Killed, subjects, sizes),
    st.builds(Watched, subjects, sizes, st.floats(0, 1e6)),
)
pasts = st.lists(events, max_size=60)
memories = st.none() | st.integers(1, 10**11)
fresh = subjects | st.builds(Subject, st.just("c/New.v"), loads=st.none() | st.integers(0, 10**12))


@settings(deadline=None)
@given(pasts, fresh, memories)
def test_a_prediction_is_whole_and_no_more_than_there_is(
    past: list[Event], subject: Subject, memory: int | None
) -> None:
    found = learned(past, memory)[0].predict(subject)

    assert found.peak >= 0
    assert memory is None or found.peak <= memory
    assert found.source in SOURCES
    assert found.reason.endswith(".")
    assert found.seconds is None or found.seconds >= 0


# A first look that came before the compiler was there, and a project that has 337M at the most.
AT_NOTHING: list[Event] = [
    *[Record(Subject(f"a/F{n}.v"), 337 * M, 3.0, course=(0, 90 * M)) for n in range(8)],
    Watched(Subject("a/F8.v"), 40 * M, 0.0),
]
# Peaks of short jobs, as seen by chance: their logarithms are far apart, and there are few.
BY_CHANCE: list[Event] = [
    Record(Subject(f"a/F{n}.v"), peak, 0.3)
    for n, peak in enumerate([16_384, 60 * M, 1, 90 * M, 337 * M])
]


@settings(deadline=None)
@given(pasts, fresh)
@example(AT_NOTHING, NEW)
@example(BY_CHANCE, NEW)
def test_a_guess_is_not_beyond_what_was_seen(past: list[Event], subject: Subject) -> None:
    known, seen = learned(past, None)
    found = known.predict(subject)

    if found.source in GUESSES:
        highest = max(seen.peak, GROWING * seen.use, seen.wanted)
        assert found.peak <= max(DEFAULT, beyond(ENOUGH) * highest)


@settings(deadline=None)
@given(pasts, fresh, st.integers(100 * M, 10**11))
def test_who_runs_alone_by_a_guess_has_a_reason(
    past: list[Event], subject: Subject, memory: int
) -> None:
    """All of the memory is taken for a file only where one had as much, or was to have it."""
    known, seen = learned(past, memory)
    found = known.predict(subject)

    if found.source in GUESSES and found.peak == memory:
        assert max(seen.peak, GROWING * seen.use, seen.wanted) >= memory / beyond(ENOUGH)
        assert "the largest needs" in found.reason or "as much as" in found.reason


@settings(deadline=None)
@given(pasts, fresh, sizes, st.floats(0, 1e6), memories)
def test_what_runs_holds_no_more_than_there_is_and_no_less_than_it_uses(
    past: list[Event], subject: Subject, use: int, age: float, memory: int | None
) -> None:
    known, _ = learned(past, memory)
    found = known.predict(subject)
    held = known.reservation(found, use, {place(age): use})

    assert held <= max(found.peak, use * 5 // 4)
    assert memory is None or held <= max(memory, use)
    assert held >= min(use, found.peak)


def test_of_a_job_that_is_not_there_yet_nothing_is_learned() -> None:
    known, _ = learned(AT_NOTHING, 14 * G)

    assert known.predict(NEW).peak <= 337 * M * beyond(8)
    guess = Learned(14 * G).predict(NEW)
    assert known.reservation(guess, 0, {0: 0}) == guess.peak == 14 * G // DEFAULT_PART


def test_a_file_that_loads_other_things_than_last_time_counts_once() -> None:
    """What was said of it before is taken out again, with what it loaded then."""
    moved, plain = Learned(), Learned()
    for n in range(20):
        plain.learn(Record(Subject(f"F{n}.v", loads=1000 * n), 100 * M * (n + 1), 1.0))
        moved.learn(Record(Subject(f"F{n}.v", loads=None if n % 2 else 7), 3 * G, 1.0))
        moved.learn(Record(Subject(f"F{n}.v", loads=1000 * n), 100 * M * (n + 1), 1.0))

    of = Subject("New.v", loads=9000)
    line, other = plain._unseen._by_loads["vo"], moved._unseen._by_loads["vo"]
    assert len(line) == len(other) == 20
    assert other.middle(9000) == pytest.approx(line.middle(9000))
    assert moved.predict(of).peak < 3 * G


def test_a_fit_is_not_extrapolated() -> None:
    sizes_known = [Record(Subject(f"F{n}.v", loads=n * M), n * 10 * M, 1.0) for n in range(1, 30)]
    known, _ = learned(list(sizes_known), None)

    beyond_all = known.predict(Subject("New.v", loads=10**12))
    assert beyond_all.peak == known.predict(Subject("New.v", loads=29 * M)).peak
    assert beyond_all.peak <= 290 * M * beyond(29)
