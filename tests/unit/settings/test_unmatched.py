"""Rules for files that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.settings import unmatched

from .support import Resolve

FILES = ("theories/Big.v", "theories/deep/Tree.v", "_build/default/Copy.v", ".git/Hidden.v")


@pytest.fixture(autouse=True)
def sources(root: Path) -> None:
    """A project with these files, and a loop."""
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "theories/loop").symlink_to("..")


@pytest.mark.parametrize(
    ("match", "meant"),
    [
        ("theories/Big", "theories/Big.v"),
        ("Big", "theories/Big.v"),
        ("src/Big.v", "theories/Big.v"),
        ("theories/Tree.v", "theories/deep/Tree.v"),
        ("theroies/*.v", "theories/Big.v"),
        ("theories/Bigg.v", "theories/Big.v"),
        ("Copy.v", ""),
        ("Hidden.v", ""),
    ],
)
def test_a_rule_that_matches_nothing_is_named(settings: Resolve, match: str, meant: str) -> None:
    (warning,) = unmatched.unmatched_rules(settings(f"[[tool.rocqshim.files]]\nmatch = '{match}'"))

    assert warning.startswith(f'pyproject.toml:2: no file of the project matches "{match}"')
    assert warning.endswith(f'did you mean "{meant}"?' if meant else f'"{match}"')


@pytest.mark.parametrize("match", ["Big.v", "theories/B*.v", "**/Tree.v", "*", "theories/**"])
def test_a_rule_that_matches_is_not(settings: Resolve, match: str) -> None:
    found = settings(f"[[tool.rocqshim.files]]\nmatch = '{match}'")

    assert unmatched.unmatched_rules(found) == ()


def test_rules_of_the_user_are_for_all_projects(settings: Resolve) -> None:
    found = settings("", "[[files]]\nmatch = 'Elsewhere.v'")

    assert unmatched.unmatched_rules(found) == ()


def test_what_takes_too_long_is_not_said(
    settings: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unmatched, "PATIENCE", -1.0)

    assert unmatched.unmatched_rules(settings("[[tool.rocqshim.files]]\nmatch = 'x'")) == ()
