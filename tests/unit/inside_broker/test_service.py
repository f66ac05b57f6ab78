"""The broker that starts itself as a service of the manager, and one that answers too late."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rocqshim.backend import bus
from rocqshim.broker import main
from unit.backend.manager_stand_in import Answer, Manager


@pytest.mark.parametrize("silent", ["StartTransientUnit", "LoadUnit"])
def test_a_service_that_nobody_hears_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: str
) -> None:
    """A manager that starves starts it all the same, and a detached broker is about to start."""
    manager = Manager(tmp_path / "private", lambda method: _answer(method, silent))
    monkeypatch.setattr(bus, "private_socket", lambda: str(manager.path))
    monkeypatch.setattr(bus, "TIMEOUT", 0.2)

    async def start() -> bool:
        await manager.start()
        return await main._as_service(str(tmp_path / "broker.sock"))

    assert not asyncio.run(start())
    assert manager.calls[-1] == "StopUnit"


def _answer(method: str, silent: str) -> Answer:
    return None if method in (silent, "StopUnit") else ("o", ("/unit",))
