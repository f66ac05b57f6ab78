"""Which earlier build a build is compared with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.history import History
from rocqshim.report.builds import LAST, Builds

from .support import row


@pytest.fixture
def builds(tmp_path: Path) -> Builds:
    return Builds(History.open(str(tmp_path / "a/b/history.sqlite3")), "p", "/p")


def record(builds: Builds, build: str, files: int, first: int = 0) -> None:
    for number in range(first, first + files):
        builds.history.record(replace(row(f"f{number}.v"), build=build))


@pytest.mark.parametrize(
    ("earlier", "files", "compared"),
    [
        ([("full", 12, 0)], 12, "full"),
        ([("full", 12, 0)], 3, None),  # among so many they were compiled otherwise
        ([("three", 3, 0)], 12, None),
        ([("full", 12, 0), ("three", 3, 0)], 12, "full"),
        ([("three", 3, 0), ("full", 12, 0)], 3, "three"),
        ([("others", 12, 20)], 12, None),
        ([("more", 12, 0)], 6, "more"),
        ([("half", 6, 0)], 12, "half"),
        ([("first", 12, 0), ("again", 12, 0)], 12, "again"),
    ],
)
def test_one_that_is_about_as_large(
    builds: Builds, earlier: list[tuple[str, int, int]], files: int, compared: str | None
) -> None:
    for build, count, first in earlier:
        record(builds, build, count, first)
    record(builds, "now", files)

    found = builds.before(builds.find(LAST))

    assert (found.build if found else None) == compared


def test_many_large_builds_hide_no_small_one(builds: Builds) -> None:
    record(builds, "three", 3)
    for number in range(30):
        record(builds, f"full{number}", 12)
    record(builds, "now", 3)

    found = builds.before(builds.find(LAST))

    assert found and found.build == "three"
