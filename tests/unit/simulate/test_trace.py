"""Traces: taken whole or refused whole, with the place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.errors import UserError
from rocqshim.simulate import trace as trace_module
from rocqshim.simulate.trace import File, Trace, parse_trace, read_trace

ONE = {"file": "a.v", "seconds": 1.5, "peak_bytes": 7, "deps": []}
TWO = {"file": "b.v", "seconds": 2, "peak_bytes": 8.5, "deps": ["a.v", "a.v"]}


def test_a_trace() -> None:
    found = parse_trace(json.dumps({"name": "n", "files": [ONE, TWO], "more": 1}))

    assert found == Trace("n", (File("a.v", 1.5, 7, ()), File("b.v", 2.0, 9, ("a.v",))))


def test_a_name_and_deps_may_be_missing() -> None:
    bare = {key: value for key, value in ONE.items() if key != "deps"}

    assert parse_trace(json.dumps({"files": [bare]})) == Trace("", (File("a.v", 1.5, 7, ()),))


def with_first(**changed: object) -> str:
    return json.dumps({"name": "n", "files": [{**ONE, **changed}, TWO]})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "it is no JSON (Expecting property name"),
        ("[" * 100_000, "it is"),
        ("[]", 'it has no list "files"'),
        ('{"files": {}}', 'it has no list "files"'),
        ('{"files": []}', '"files" is empty'),
        ('{"traceEvents": []}', "it was written by rocqshim report --trace, which"),
        ('{"what_if": [], "jobs": []}', "it was written by rocqshim report --json, which"),
        ('{"name": 1, "files": [{"file": "a", "seconds": 1, "peak_bytes": 1}]}', '"name" is 1'),
        ('{"files": [1]}', "files[0] is 1, not an object"),
        (with_first(peak_bytes="7"), 'files[0].peak_bytes is "7"'),
        (with_first(file=""), 'files[0].file is "", not the name of a file'),
        (with_first(file=None), "files[0].file is missing, not the name of a file"),
        (with_first(seconds="1"), 'files[0].seconds is "1", not a number from 0 on'),
        (with_first(seconds=-1), "files[0].seconds is -1, not a number from 0 on"),
        (with_first(seconds=True), "files[0].seconds is true"),
        (with_first(seconds=float("nan")), "it is no JSON (NaN is no number)"),
        (with_first(seconds=float("inf")), "it is no JSON (Infinity is no number)"),
        (with_first(peak_bytes=1e300), "files[0].peak_bytes is 1e+300"),
        (with_first(peak_bytes=None), "files[0].peak_bytes is missing"),
        (with_first(deps="a"), 'files[0].deps is "a", not a list'),
        (with_first(deps=[1]), "files[0].deps[0] is 1, not the name of a file"),
        (with_first(deps=["x"]), "files[0].deps[0] is 'x', which is no file of the trace"),
        (with_first(file="b.v"), "files[1].file is 'b.v', as files[0] is"),
        (with_first(deps=["b.v"]), "needs itself, through its deps"),
        (with_first(deps=["a.v"]), "files[0] ('a.v') needs itself, through its deps"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(text)

    with pytest.raises(UserError) as error:
        read_trace(str(path))

    assert error.value.fact.startswith(f"The trace {path} is refused: {problem}") or (
        problem in error.value.fact
    )
    assert "\n" not in error.value.fact
    assert '"peak_bytes"' in error.value.hint
    assert "rocqshim history export --trace" in error.value.hint


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be read: No such file or directory\."):
        read_trace(str(tmp_path / "none.json"))
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        read_trace(str(tmp_path))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*ONE, "files", "name"]), inner, max_size=5)
    ),
)


@given(json_values)
def test_anything_is_a_trace_or_refused(value: object) -> None:
    try:
        found = parse_trace(json.dumps(value))
    except trace_module.BadTrace as bad:
        assert str(bad)
        assert "\n" not in str(bad)
    else:
        assert found.files


def test_a_peak_is_a_byte_at_least() -> None:
    assert parse_trace(with_first(peak_bytes=0)).files[0].peak == 1
