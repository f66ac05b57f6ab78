from __future__ import annotations

import fnmatch
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.settings.files import job_memory_max_for, matches, rule_for

from .support import Resolve

G = 1024**3
RULES = """
job-memory-max = "2G"
[[tool.rocqshim.files]]
match = "theories/**"
job-memory-max = "4G"
expected-memory = "3G"
exclusive = true
[[tool.rocqshim.files]]
match = "theories/Big*.v"
job-memory-max = "8G"
[[tool.rocqshim.files]]
match = "theories/BigButTame.v"
job-memory-max = "infinity"
exclusive = false
[[tool.rocqshim.files]]
match = "test.v"
expected-memory = "1G"
"""


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("a.v", "a.v"),
        ("a.v", "./a.v"),
        ("x/a.v", "./x/a.v"),
        ("a.v", "deep/down/a.v"),
        ("*.v", "deep/a.v"),
        ("theories/*.v", "theories/a.v"),
        ("theories/a?.v", "theories/ab.v"),
        ("**/a.v", "a.v"),
        ("**/a.v", "x/y/a.v"),
        ("theories/**/a.v", "theories/a.v"),
        ("theories/**/a.v", "theories/x/y/a.v"),
        ("theories/**", "theories/x/y.v"),
        ("**", "x/y.v"),
        ("a[bc].v", "ab.v"),
        ("a[!bc].v", "ad.v"),
        ("a[a-c].v", "ab.v"),
        ("a[.v", "a[.v"),
        ("a[].v", "a[].v"),
        ("a[]]b.v", "a]b.v"),
        ("a[^b].v", "a^.v"),
        ("a+(b).v", "a+(b).v"),
        ("x/ä*.v", "x/äö.v"),
        ("x**y.v", "xaay.v"),
        ("[!z-a].v", "b.v"),
    ],
)
def test_matches(pattern: str, file: str) -> None:
    assert matches(pattern, file)


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("a.v", "b.v"),
        ("a.v", "a.vo"),
        ("a.v", "xa.v"),
        ("a.v", "aXv"),
        ("theories/*.v", "theories/x/a.v"),
        ("theories/*.v", "x/theories/a.v"),
        ("theories/a?b.v", "theories/a/b.v"),
        ("theories/**/a.v", "theories/xa.v"),
        ("theories/**", "theories"),
        ("x**y.v", "xa/ay.v"),
        ("a[!b]c.v", "a/c.v"),
        ("a[bc].v", "ad.v"),
        ("A.v", "a.v"),
        ("a[+-0]c.v", "a/c.v"),
        ("a[^b].v", "ac.v"),
        ("[z-a].v", ".v"),
        ("[z-a].v", "b.v"),
    ],
)
def test_does_not_match(pattern: str, file: str) -> None:
    assert not matches(pattern, file)


@given(st.text(alphabet="ab*?[]!^-\\&|~.", min_size=1, max_size=8), st.text("ab]^-.", max_size=6))
def test_within_one_name_as_the_shell_does(pattern: str, name: str) -> None:
    if "**" in pattern:
        return
    assert matches("x/" + pattern, "x/" + name) == fnmatch.fnmatchcase(name, pattern)


PATTERN = {"**/": "(?:[^/]+/)*", "**": ".+", "*": "[^/]*", "?": "[^/]", "[!a]": "(?!/)[^a]"}


@given(st.lists(st.sampled_from(["a", "b", "/", "**/", "/**/", "*", "?", "[!a]"]), max_size=9),
       st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=5))  # fmt: skip
def test_across_names_as_the_words_above_say(parts: list[str], names: list[str]) -> None:
    """Each piece as a regular expression: those look everywhere, and may take for ever."""
    pattern, words, at = "".join(["x/", *parts, "*"]), "", 0
    while at < len(pattern):
        is_name = at == 0 or pattern[at - 1] == "/"
        piece = next(
            (it for it in PATTERN if pattern.startswith(it, at) and (is_name or it != "**/")
             and (it != "**" or (is_name and pattern[at:] == "**"))), pattern[at],
        )  # fmt: skip
        words += PATTERN.get(piece, piece)
        at += len(piece)
    file = "/".join(["x", *names])
    assert matches(pattern, file) == bool(re.fullmatch(words, file))


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("*a" * 30 + "b", "a" * 255),
        ("**/a/" * 400 + "b", "a/" * 2000 + "c"),
        ("*?" * 2000, "a" * 255),
        ("[" * 4000, "a"),
        ("[a-" * 1300 + "]", "a" * 255),
    ],
)
def test_no_pattern_takes_long(pattern: str, file: str) -> None:
    began = time.process_time()
    assert not matches(pattern, file)
    assert time.process_time() - began < 2


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_pattern_is_tried_in_peace(pattern: str, file: str) -> None:
    assert matches(pattern, file) in (True, False)


def test_no_rule(settings: Resolve) -> None:
    found = settings(RULES)

    assert rule_for(found, "other/a.v") is None
    assert job_memory_max_for(found, "other/a.v") == found.job_memory_max


def test_one_rule(settings: Resolve) -> None:
    found = settings(RULES)

    limit = job_memory_max_for(found, "theories/a.v")

    assert (limit.value, limit.text, str(limit.origin)) == (4 * G, "4G", "pyproject.toml:6")


def test_the_last_rule_that_sets_a_key_decides(settings: Resolve) -> None:
    rule = rule_for(settings(RULES), "theories/Big1.v")

    assert rule is not None
    assert (rule.job_memory_max, rule.expected_memory, rule.exclusive) == (8 * G, 3 * G, True)
    assert {key: origin.line for key, origin in rule.given} == {
        "job-memory-max": 11,
        "expected-memory": 7,
        "exclusive": 8,
    }
    assert rule.origin.line == 9


def test_no_limit_and_not_exclusive_can_be_said(settings: Resolve) -> None:
    found = settings(RULES)

    rule = rule_for(found, "theories/BigButTame.v")

    assert rule is not None
    assert (rule.job_memory_max, rule.expected_memory, rule.exclusive) == (None, 3 * G, False)
    limit = job_memory_max_for(found, "theories/BigButTame.v")
    assert (limit.value, limit.text, limit.origin.line) == (None, "infinity", 14)


def test_a_rule_that_says_nothing_of_the_limit(settings: Resolve) -> None:
    found = settings(RULES)

    assert job_memory_max_for(found, "test.v") == found.job_memory_max
