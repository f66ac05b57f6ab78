"""Dependency files: real ones of several versions, and names that make has to be told of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.depends.rules import loads_of

COQ_8_16 = """\
th/A.vo th/A.glob th/A.v.beautified th/A.required_vo: th/A.v\x20
th/A.vio: th/A.v\x20
th/A.vos th/A.vok th/A.required_vos: th/A.v\x20
th/B.vo th/B.glob th/B.v.beautified th/B.required_vo: th/B.v th/A.vo
th/B.vio: th/B.v th/A.vio
th/B.vos th/B.vok th/B.required_vos: th/B.v th/A.vos
"""
ROCQ_9_2 = """\
A.vo A.glob A.v.beautified A.required_vo: A.v\x20
A.vos A.vok A.required_vos: A.v\x20
B.vo B.glob B.v.beautified B.required_vo: B.v A.vo src/plugin.cmxs /lib/rocq/META
B.vos B.vok B.required_vos: B.v A.vos src/plugin.cmxs
"""
DUNE_2_9 = """\
sub/B.vo sub/B.glob sub/B.v.beautified sub/B.required_vo: sub/B.v ./A.vo
sub/B.vio: sub/B.v ./A.vio
"""
BY_HAND = "b.vo: b.v a.vo\nc.vo : c.v \\\n  a.vo \\\n  b.vo\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COQ_8_16, {"th/A.vo": (), "th/B.vo": ("th/A.vo",)}),
        (ROCQ_9_2, {"A.vo": (), "B.vo": ("A.vo",)}),
        (DUNE_2_9, {"sub/B.vo": ("./A.vo",)}),
        (BY_HAND, {"b.vo": ("a.vo",), "c.vo": ("a.vo", "b.vo")}),
        ("a.vo: b.vo\na.vo: c.vo b.vo\n", {"a.vo": ("b.vo", "c.vo")}),
        ("a.vo: b.vo\r\n", {"a.vo": ("b.vo",)}),
        ("", {}),
        # What is no rule: a variable, a recipe, a comment, half a line, a target without files.
        ("VOS := a.vo b.vo\n", {}),
        ("\tcoqc a.vo: b.vo\n# a.vo: b.vo\na.vo b.vo\n", {}),
        ("a.vo\\ b: c.vo\n", {}),
        ("a.vo:\n", {"a.vo": ()}),
        ("a.vo: a.v b.vos\n", {"a.vo": ()}),
    ],
)
def test_files(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert loads_of(text) == expected


def escaped(name: str) -> str:
    """As tools/coqdep/lib/makefile.ml writes a name."""

    def sign(found: re.Match[str]) -> str:
        return found[1] * 2 + "\\" + found[2]

    return re.sub(r"(\\*)([ #:%?\[\]*])", sign, name).replace("$", "$$")


names = st.text(st.sampled_from("ab/._-é #:%?[]*$~"), min_size=1, max_size=12).map(
    lambda text: f"{text}x.vo"
)


@settings(deadline=None)
@given(st.dictionaries(names, st.lists(names, unique=True, max_size=4), max_size=4))
def test_every_name_that_coqdep_writes_is_read_back(graph: dict[str, list[str]]) -> None:
    lines = [
        f"{escaped(target)} {escaped(target[:-2])}glob: {' '.join(map(escaped, needed))} \n"
        for target, needed in graph.items()
    ]

    assert loads_of("".join(lines)) == {name: tuple(needed) for name, needed in graph.items()}


@settings(deadline=None)
@given(st.text(st.sampled_from("ab.vo: \\\n\t#$=\r")))
def test_rubbish_is_read_and_does_no_harm(text: str) -> None:
    for target, needed in loads_of(text).items():
        assert target.endswith(".vo")
        assert all(name.endswith(".vo") for name in needed)
