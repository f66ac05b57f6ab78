"""Builds that are forgotten on purpose, and the size that is kept by itself."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

import pytest

from rocqshim.broker.meter import Meter
from rocqshim.broker.projects import Projects
from rocqshim.history import History
from rocqshim.history import prune as module
from rocqshim.history.prune import bound, chosen, count, forget, size_in_use

from .support import JOB, opened
from .test_samples import SAMPLE


@pytest.fixture
def history(path: str) -> History:
    """Five builds of one project, the last a minute long, and one of another."""
    found = opened(path)
    for number in range(5):
        name = f"b{number}"
        found.record(replace(JOB, build=name, started=100.0 * number))
        found.record_sample(replace(SAMPLE, build=name, time=100.0 * number + 50))
    found.record(replace(JOB, build="b4", root="/x", started=0.0))
    return found


def test_all_but_the_last(history: History) -> None:
    root = JOB.root
    assert chosen(history.database, root, keep=3) == [(root, "b1"), (root, "b0")]
    assert len(chosen(history.database, root)) == 5
    assert chosen(history.database, None, keep=1)[0] == (root, "b3")
    assert ("/x", "b4") in chosen(history.database, None)


def test_what_is_older_with_all_that_it_has(history: History) -> None:
    assert chosen(history.database, JOB.root, before=150.0) == [(JOB.root, "b0")]
    assert chosen(history.database, JOB.root, before=150.5)[0] == (JOB.root, "b1")
    assert chosen(history.database, JOB.root, keep=4, before=999.0) == [(JOB.root, "b0")]


def test_what_blame_repeated_is_no_build(history: History) -> None:
    for name in ("blame-1", "b5", "blame-2", "b6"):
        history.record(replace(JOB, build=name))

    assert [build for _, build in chosen(history.database, JOB.root, keep=2)] == [
        "blame-1", "b4", "b3", "b2", "b1", "b0",
    ]  # fmt: skip
    assert len(chosen(history.database, JOB.root)) == 9
    assert [row.build for row in history.builds(JOB.root, 3)] == ["b6", "b5", "b4"]


def test_after_the_clock_went_back_the_last_is_still_the_last(history: History) -> None:
    for name in ("new", "newer"):
        history.record(replace(JOB, build=name, started=9.0))
        history.record_sample(replace(SAMPLE, build=name, time=9.0))
    root = JOB.root

    assert [build for _, build in chosen(history.database, root, keep=3)][:2] == ["b3", "b2"]
    assert [row.build for row in history.builds(root, 2)] == ["newer", "new"]
    assert history.jobs_of_project(root, 1)[0].build == "newer"
    assert history.attempts_at(root, JOB.file, 1)[0].build == "newer"
    assert history.jobless_build(root) is None

    assert bound(history.database, 1) == 1
    assert [row.build for row in history.builds(root, 9)][-1] == "b1"


def test_what_sat_in_an_editor_is_no_build(history: History) -> None:
    for build in ("coqtop", "b4"):
        history.record(replace(JOB, build=build, started=460.0, kind="interactive"))
    root = JOB.root

    assert [build for _, build in chosen(history.database, root, keep=1)] == [
        "coqtop",
        "b3",
        "b2",
        "b1",
        "b0",
    ]
    assert (root, "coqtop") in chosen(history.database, root)
    assert [(row.build, row.counts.jobs) for row in history.builds(root, 9)] == [
        ("b4", 1), ("b3", 1), ("b2", 1), ("b1", 1), ("b0", 1),
    ]  # fmt: skip
    assert (count(history.database, root), count(history.database, None)) == (5, 6)


def test_another_project_keeps_its_part_of_a_build(history: History) -> None:
    rows = history.database.change(forget(chosen(history.database, JOB.root)))

    assert rows == 10
    assert history.builds(JOB.root, 9) == []
    assert [row.build for row in history.builds("/x", 9)] == ["b4"]


def test_all_or_nothing(history: History) -> None:
    statements = [*forget([(JOB.root, "b0")]), ("DELETE FROM nonesuch", ())]

    with pytest.raises(sqlite3.Error):
        history.database.change(statements)

    assert len(history.builds(JOB.root, 9)) == 5


def test_the_disk_has_its_room_again_beside_another_reader(history: History, path: str) -> None:
    for number in range(3000):
        history.record(replace(JOB, build="b0", attempt=number))
    beside = opened(path)  # an idle broker
    assert len(beside.builds(JOB.root, 9)) == 5
    before = os.path.getsize(path) + os.path.getsize(f"{path}-wal")

    history.database.change(forget([(JOB.root, "b0")]))
    history.database.compact()

    assert os.path.getsize(path) + os.path.getsize(f"{path}-wal") < before / 5
    assert len(beside.builds(JOB.root, 9)) == 4


def test_nothing_while_somebody_writes(history: History, path: str) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.Error, match="locked"):
        history.database.change(forget([(JOB.root, "b0")]))
    writer.execute("COMMIT")
    writer.close()

    assert len(history.builds(JOB.root, 9)) == 5


def test_samples_of_a_killed_broker_go_as_well(history: History) -> None:
    history.record_sample(replace(SAMPLE, build="no job of it ended", time=-1.0))

    assert bound(history.database, 1) == 1

    assert history.samples_of_build("no job of it ended", JOB.root) == []
    assert len(history.builds(JOB.root, 9)) == 5


async def _work(meter: Meter) -> None:
    await meter._run()


def test_a_broker_that_lives_on_bounds_it_too(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    size = size_in_use(history.database)
    monkeypatch.setattr(module.bound, "__defaults__", (size - 1,))

    asyncio.run(_work(Meter(Projects(), history)))

    assert len(history.builds(JOB.root, 9)) == 4
