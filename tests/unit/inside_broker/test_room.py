"""The room of a slice: its limits, the host, the pressure, and workers that have its cores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rocqshim.broker import room as module
from rocqshim.broker.room import RoomOf
from rocqshim.limits import Limits

G = 1 << 30


class FakeSlice:
    """As much of a slice as the room asks for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.room = True

    def folders(self) -> list[str]:
        return [str(self._folder)]

    def has_room(self) -> bool:
        return self.room


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401
    monkeypatch.setattr(module, "FRESH", -1.0)
    monkeypatch.setattr(module, "host_left", lambda folders, around: 5 * G)
    return FakeSlice(tmp_path)


def test_from_limits(fake: Any) -> None:  # noqa: ANN401
    found = RoomOf(lambda: 0)
    found.set(fake, Limits(memory_max=10 * G, cpu_quota=250), 7, 8)
    now = found.now()

    assert (now.cores, now.cap, now.host, now.calm) == (3, 7, 5 * G, True)
    assert now.memory is not None
    assert 9.7 * G < now.memory < 10 * G
    assert found.memory == now.memory


def test_nothing_is_limited(fake: Any) -> None:  # noqa: ANN401
    found = RoomOf(lambda: 0)
    assert found.now().calm  # not open yet
    found.set(fake, Limits(), None, 8)

    assert (found.now().memory, found.now().cores, found.now().cap) == (None, None, None)
    assert found.cores == 8


def test_under_pressure(fake: Any, tmp_path: Path) -> None:  # noqa: ANN401
    found = RoomOf(lambda: 0)
    found.set(fake, Limits(), None, 8)
    for full, calm in (("9.99", True), ("10.00", False)):
        (tmp_path / "memory.pressure").write_text(f"some avg10=50.00\nfull avg10={full} avg60=0\n")
        assert found.now().calm == calm


def test_out_of_tasks(fake: Any) -> None:  # noqa: ANN401
    found = RoomOf(lambda: 0)
    found.set(fake, Limits(), None, 8)
    fake.room = False

    assert not found.now().calm


def test_workers_have_cores_too(fake: Any) -> None:  # noqa: ANN401
    for taken, left in ((0, 4), (3, 1), (9, 1)):
        found = RoomOf(lambda taken=taken: taken)
        found.set(fake, Limits(cpu_quota=400), None, 8)
        assert found.now().cores == left
