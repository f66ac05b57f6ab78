from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocqshim.errors import nearest
from rocqshim.settings.keys import CAP_KEYS, FILE_KEYS, KEYS, PROFILE_KEYS
from rocqshim.settings.model import FileRule, Settings

DOCS = Path(__file__).parents[3] / "docs" / "settings.md"


def test_every_setting_has_a_key() -> None:
    own = {"root", "project", "files", "user_memory_max", "warnings", "seen", "caps", "rules"}

    assert {key.field for key in KEYS.values()} == {field.name for field in fields(Settings)} - own


def test_every_field_of_a_rule_has_a_key() -> None:
    names = {field.name for field in fields(FileRule)} - {"origin", "given"}

    assert {key.field for key in FILE_KEYS.values()} == names


def test_what_can_be_capped() -> None:
    assert list(CAP_KEYS) == [
        "memory-max",
        "memory-high",
        "memory-swap-max",
        "cpu-quota",
        "tasks-max",
        "jobs",
        "job-memory-max",
        "job-time-max",
    ]


def test_what_a_profile_sets() -> None:
    assert set(PROFILE_KEYS) == set(CAP_KEYS) | {"inherits", "cpu-weight", "io-weight"}


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("memroy-max", "memory-max"),
        ("memory_max", "memory-max"),
        ("MemoryMax", "memory-max"),
        ("MemorySwapMax", "memory-swap-max"),
        ("IOWeight", "io-weight"),
        ("CPUQuota", "cpu-quota"),
        ("TasksMax", "tasks-max"),
        ("job", "jobs"),
        ("zzz", None),
        ("", None),
    ],
)
def test_nearest(unknown: str, meant: str | None) -> None:
    assert nearest(unknown, KEYS) == meant


@given(st.text())
def test_nearest_is_known_or_none(unknown: str) -> None:
    assert nearest(unknown, KEYS) in {*KEYS, None}


@pytest.mark.parametrize("name", [*KEYS, *FILE_KEYS, *PROFILE_KEYS])
def test_every_key_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS.read_text()


@pytest.mark.parametrize("key", KEYS.values(), ids=str)
def test_every_key_says_what_it_is(key: object) -> None:
    assert getattr(key, "help", "")
    assert getattr(key, "allowed", "")
