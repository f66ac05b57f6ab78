from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.settings import names
from rocqshim.settings.found import BadValue
from rocqshim.settings.model import Machine

MACHINE = Machine(1, 1)


@pytest.mark.parametrize(
    ("found", "value"), [(True, True), (False, False), ("1", True), (" true ", True), ("0", False)]
)
def test_switch(found: object, value: bool) -> None:
    assert names.switch(found, MACHINE) is value


@pytest.mark.parametrize("found", [1, "yes", "TRUE", [], 0.0])
def test_switch_takes_no_other_word(found: object) -> None:
    with pytest.raises(BadValue, match="true or false"):
        names.switch(found, MACHINE)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("foo", "rocq-foo.slice"),
        ("foo_1.2", "rocq-foo_1.2.slice"),
        ("rocq-foo.slice", "rocq-foo.slice"),
        ("rocq-team-foo.slice", "rocq-team-foo.slice"),
    ],
)
def test_slice(found: str, name: str) -> None:
    assert names.slice_name(found, MACHINE) == name


@pytest.mark.parametrize(
    "found",
    [
        "",
        "rocq",
        "rocq.slice",
        "user.slice",
        "foo.slice",
        "foo-bar",
        "rocq-.slice",
        "rocq-a--b.slice",
        "rocq-a-.slice",
        "rocq-a b.slice",
        "rocq-ä.slice",
        "rocq-a:b.slice",
        "rocq-a/b.slice",
        "../x",
        "rocq-a.slice\n",
        "rocq-a\x00.slice",
        f"rocq-{'a' * 250}.slice",
        "a" * 65,
        3,
        None,
        "-.slice",
    ],
)
def test_no_slice(found: object) -> None:
    if found == "rocq-a.slice\n":
        assert names.slice_name(found, MACHINE) == "rocq-a.slice"  # blanks around do no harm
        return
    with pytest.raises(BadValue):
        names.slice_name(found, MACHINE)


@given(st.text(max_size=20) | st.from_regex(r"rocq-[a-z:.\-\\]*\.slice"))
def test_a_slice_always_lies_below_rocq_slice(found: str) -> None:
    try:
        name = names.slice_name(found, MACHINE)
    except BadValue:
        return
    assert name.startswith("rocq-")
    assert name.endswith(".slice")
    assert "" not in name.removesuffix(".slice").split("-")


@pytest.mark.parametrize(
    "found", ["coqc", "rocq", "/opt/my coq/bin/coqc", "./bin/coqc", "~/bin/coqc"]
)
def test_program(found: str) -> None:
    assert names.program(found, MACHINE) == found


@pytest.mark.parametrize(
    "found", ["coqc -q", "/usr/bin/coqc -q", "", "a\x00b", ["coqc"], 1, "co\nqc"]
)
def test_no_program(found: object) -> None:
    with pytest.raises(BadValue):
        names.program(found, MACHINE)


@pytest.mark.parametrize("found", ["/abs/*.v", "../x.v", "", 3, "a\nb"])
def test_no_pattern(found: object) -> None:
    with pytest.raises(BadValue):
        names.pattern(found, MACHINE)


def test_choice_names_all_words() -> None:
    with pytest.raises(BadValue, match="is not one of these words; allowed: prefer, require, off"):
        names.choice("prefer", "require", "off")("perfer", MACHINE)


def test_choice_is_no_boolean() -> None:
    """TOML people write enforce = false."""
    with pytest.raises(BadValue, match="is a boolean; allowed: prefer, off"):
        names.choice("prefer", "off")(False, MACHINE)


@pytest.mark.parametrize("found", ["true", 1, 0])
def test_boolean_is_only_true_and_false(found: object) -> None:
    with pytest.raises(BadValue):
        names.boolean(found, MACHINE)


@pytest.mark.parametrize(
    "parse", [names.slice_name, names.profile_name, names.program, names.file_name, names.pattern]
)
@given(found=st.text() | st.integers() | st.none() | st.floats() | st.lists(st.text()))
def test_any_value_is_a_word_or_refused(parse: Callable[..., str], found: object) -> None:
    try:
        value = parse(found, MACHINE)
    except BadValue:
        return
    assert value == value.strip()
    assert "\x00" not in value
