"""The slices that an earlier broker left, of which one cannot be opened."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rocqshim.backend import BackendError, bus, choose
from rocqshim.backend.choose import Chooser

from .manager_stand_in import Answer, Manager

NAMES = ("rocq-first.slice", "rocq-stuck.slice", "rocq-last.slice")


class Opened:
    """As much of a slice as is looked at."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def open(self) -> None:
        if "stuck" in self.name:
            raise BackendError(f"{self.name} did not start in 15 s")

    async def take_over(self) -> None:
        await self.open()


def units(method: str) -> Answer:
    """What ListUnitsByPatterns gives of their services."""
    names = [name.replace(".slice", "-jobs.service") for name in NAMES]
    rest = ("", "loaded", "active", "running", "", "/unit", 0, "", "/")
    return "a(ssssssouso)", ([(name, *rest) for name in names],)


@pytest.fixture
def chooser(monkeypatch: pytest.MonkeyPatch) -> Chooser:
    monkeypatch.setattr(choose, "slices_above", lambda path: [])
    monkeypatch.setattr(choose, "slices_left", lambda place: [])
    return Chooser("/nowhere/broker.sock")


def test_one_unit_that_cannot_be_opened_hides_no_other(
    chooser: Chooser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = Manager(tmp_path / "private", units)
    monkeypatch.setattr(bus, "private_socket", lambda: str(manager.path))
    monkeypatch.setattr(choose, "private_socket", lambda: str(manager.path))
    monkeypatch.setattr(choose, "SystemdSlice", lambda used, name, about: Opened(name))

    async def look() -> list[str]:
        await manager.start()
        return [found.name for found in await chooser.leftovers()]

    assert asyncio.run(look()) == ["rocq-first.slice", "rocq-last.slice"]


def test_one_cgroup_that_cannot_be_opened_hides_no_other(
    chooser: Chooser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choose, "private_socket", lambda: "/nonexistent")
    monkeypatch.setattr(choose, "slices_above", lambda path: [("/base", name) for name in NAMES])
    monkeypatch.setattr(choose, "Cgroup2Slice", lambda base, name: Opened(name))

    found = asyncio.run(chooser.leftovers())

    assert [entry.name for entry in found] == ["rocq-first.slice", "rocq-last.slice"]
