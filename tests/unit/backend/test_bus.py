"""The connection to a manager that many tasks share, at a socket that is lost and made again."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rocqshim.backend import BackendError, bus
from rocqshim.backend.bus import Bus

from .manager_stand_in import Answer, Manager

TASKS = 20


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Manager]:
    made = Manager(tmp_path / "private")
    monkeypatch.setattr(bus, "private_socket", lambda: str(made.path))
    yield made
    # What event loops leave has finalisers, which Python 3.11 does not survive in ast.parse, where
    # pytest's next import would run them: "AST constructor recursion depth mismatch".
    gc.collect()


async def call_at_once(used: Bus) -> None:
    await asyncio.gather(*(used.call("Subscribe") for _ in range(TASKS)))


def test_many_at_once_have_one_connection(manager: Manager) -> None:
    async def talk() -> None:
        await manager.start()
        used = Bus()
        await call_at_once(used)
        assert manager.connections() == 1
        await used.close()
        await asyncio.sleep(0.05)
        assert manager.connections() == 0

    asyncio.run(talk())


def test_who_reconnects_closes_no_connection_that_another_has_made(manager: Manager) -> None:
    """A call has one new attempt, which a second loss would use up."""

    async def talk() -> None:
        await manager.start()
        used = Bus()
        await used.call("Subscribe")
        for _ in range(20):
            calls = asyncio.gather(*(later(used, number / 1000) for number in range(TASKS)))
            await asyncio.sleep(TASKS / 2000)
            manager.reexec()
            await calls
        assert manager.connections() == 1
        await used.close()

    asyncio.run(talk())


async def later(used: Bus, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await used.call("Subscribe")


def test_a_manager_that_hangs_is_waited_for_once(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not by one task after the other; nothing of the attempt is left."""
    monkeypatch.setattr(bus, "TIMEOUT", 0.2)
    seen: list[asyncio.StreamReader] = []

    async def talk() -> None:
        await asyncio.start_unix_server(lambda reader, _: seen.append(reader), manager.path)
        used = Bus()
        calls = (used.call("Subscribe") for _ in range(TASKS))
        failed = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, BackendError) for error in failed)
        (reader,) = seen
        await asyncio.wait_for(reader.read(), 1)  # to the end of what was sent

    asyncio.run(talk())


@pytest.fixture
def no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")


@pytest.mark.usefixtures("no_bus")
def test_after_a_failure_it_is_tried_anew(manager: Manager) -> None:
    async def talk() -> None:
        used = Bus()
        with pytest.raises(BackendError, match="no systemd manager answers"):
            await used.call("Subscribe")
        await manager.start()
        await used.call("Subscribe")
        await used.close()

    asyncio.run(talk())


@pytest.mark.usefixtures("no_bus")
def test_a_socket_at_which_nobody_listens_yet(manager: Manager) -> None:
    """As in a daemon-reexec; the bus, which would be next, has no manager then either."""

    async def talk() -> None:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(manager.path))
        used = Bus()
        call = asyncio.create_task(used.call("Subscribe"))
        await asyncio.sleep(0.1)
        await manager.start()
        await call
        await used.close()

    asyncio.run(talk())


def test_a_bus_that_has_lost_the_manager(manager: Manager) -> None:
    """Behind a bus the connection stays; the bus says that no reply will come."""
    said: list[Answer] = [bus.NO_REPLY, ("", ())]
    manager.answer = lambda method: said.pop(0)

    async def talk() -> None:
        await manager.start()
        used = Bus()
        await used.call("Subscribe")
        await used.close()

    asyncio.run(talk())
    assert not said
