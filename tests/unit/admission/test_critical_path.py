"""Paths through the build, of the part of it that is known."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocqshim.admission.critical_path import Graph, remaining_paths

SECONDS = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}


def test_a_diamond() -> None:
    deps = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}

    assert remaining_paths(deps, SECONDS.__getitem__) == {"a": 8, "b": 6, "c": 7, "d": 4}


def test_files_that_are_only_named_count_too() -> None:
    assert remaining_paths({"b": ["a"]}, SECONDS.__getitem__) == {"a": 3, "b": 2}


def test_a_circle_is_no_end_of_the_world() -> None:
    paths = remaining_paths({"a": ["b"], "b": ["a"], "c": ["b"]}, SECONDS.__getitem__)

    assert set(paths) == {"a", "b", "c"}


def test_the_graph_grows_while_it_is_asked() -> None:
    graph = Graph()
    assert graph.remaining("a", SECONDS.__getitem__) == 1

    graph.learn("b", ["a", "b", "a"])  # a file does not need itself
    assert graph.remaining("a", SECONDS.__getitem__) == 3
    graph.learn("d", ["b"])
    assert graph.remaining("a", SECONDS.__getitem__) == 7
    graph.learn("d", [])
    assert graph.remaining("a", SECONDS.__getitem__) == 3


def test_a_large_graph_is_not_walked_for_each_file() -> None:
    """Where each file brings its own .d file that would be quadratic."""
    graph, asked = Graph(), 0

    def seconds(_file: str) -> float:
        nonlocal asked
        asked += 1
        return 1.0

    for number in range(400):
        graph.learn(f"f{number}", [f"f{number - 1}"] if number else [])
        graph.remaining(f"f{number}", seconds)
    assert asked < 400 * 40
    graph.forget_paths()
    assert graph.remaining("f0", seconds) == 400


def test_new_durations_count_after_they_are_told() -> None:
    graph, seconds = Graph(), dict(SECONDS)
    graph.learn("b", ["a"])
    assert graph.remaining("a", seconds.__getitem__) == 3

    seconds["b"] = 10.0
    assert graph.remaining("a", seconds.__getitem__) == 3
    graph.forget_paths()
    assert graph.remaining("a", seconds.__getitem__) == 11


@given(st.lists(st.tuples(st.floats(0, 100), st.sets(st.integers(0, 30))), max_size=30))
def test_a_path_is_ones_own_time_and_the_longest_of_those_behind(
    files: list[tuple[float, set[int]]],
) -> None:
    deps = {str(n): [str(d) for d in needs if d < n] for n, (_, needs) in enumerate(files)}
    paths = remaining_paths(deps, lambda file: files[int(file)][0])

    for n, (own, _) in enumerate(files):
        behind = [paths[user] for user, needs in deps.items() if str(n) in needs]
        assert paths[str(n)] == own + max(behind, default=0.0)
