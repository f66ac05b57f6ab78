"""A launcher between two states: while its slice is opened, while it is to run again."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest

from rocqshim.backend import Slice
from rocqshim.backend.choose import Caller, Chooser
from rocqshim.broker import launcher as module
from rocqshim.broker.connection import Connection
from rocqshim.broker.launcher import Launcher
from rocqshim.broker.running import Asked
from rocqshim.broker.state import Broker
from rocqshim.history import History, JobRecord
from rocqshim.origin import Origin
from rocqshim.settings.model import Settings


class Wire:
    """A connection on which the launcher says nothing."""

    pid = os.getpid()

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, verb: str, fields: list[tuple[str, str]] | None = None) -> None:
        """Note the verb."""
        self.sent.append(verb)

    async def receive(self) -> None:
        """Never."""
        await asyncio.Event().wait()


class World:
    """A broker whose slices open only when ``opens`` is set."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.opens = folder, asyncio.Event()
        self.broker = Broker(str(folder / "broker.sock"))

    def launcher(self, **environ: str) -> tuple[Launcher, Wire]:
        wire = Wire()
        asked = Asked(str(self.folder), "other", "", ("true",), self.environ(**environ))
        return Launcher(self.broker, cast("Connection", wire), asked), wire

    def environ(self, **more: str) -> dict[str, str]:
        return {"ROCQSHIM_BACKEND": "watchdog", "ROCQSHIM_MEMORY_MAX": "1G", **more}


Body = Callable[[World], Awaitable[None]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Body], None]:
    monkeypatch.setenv("ROCQSHIM_STATE", str(tmp_path / "state"))

    async def go(body: Body) -> None:
        world = World(tmp_path)
        open_slice = Chooser.open_slice

        async def slowly(
            self: Chooser, name: str, settings: Settings, caller: Caller
        ) -> tuple[Slice, str]:
            await world.opens.wait()
            return await open_slice(self, name, settings, caller)

        monkeypatch.setattr(Chooser, "open_slice", slowly)
        await body(world)
        await world.broker.close(True)

    return lambda body: asyncio.run(go(body))


async def until(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that")


def test_stop_takes_along_who_is_on_his_way(run: Callable[[Body], None]) -> None:
    async def body(world: World) -> None:
        launcher, wire = world.launcher()
        serving = asyncio.ensure_future(launcher.serve_job())
        await until(lambda: world.broker.projects.all() and world.broker.projects.all()[0].coming)
        (project,) = world.broker.projects.all()

        assert project.stop("rocqshim stop") == (0, 1)

        world.opens.set()
        await asyncio.wait_for(serving, 10)
        assert wire.sent == ["cancelled"]
        assert (project.coming, project.queue.waiting(), project.jobs) == (0, [], {})

    run(body)


def test_a_slow_manager_is_no_silence(
    run: Callable[[Body], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SIGN_OF_LIFE", 0.02)

    async def body(world: World) -> None:
        launcher, wire = world.launcher()
        serving = asyncio.ensure_future(launcher.serve_job())

        await until(lambda: wire.sent[:2] == ["wait", "wait"])

        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)

    run(body)


def test_builds_with_settings_of_their_own(
    run: Callable[[Body], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history is read once, and a job has the limit that its own build says."""
    read: list[str] = []
    rows = History.jobs_of_project

    def noted(self: History, root: str, most: int) -> list[JobRecord]:
        read.append(root)
        return rows(self, root, most)

    monkeypatch.setattr(History, "jobs_of_project", noted)

    async def body(world: World) -> None:
        world.opens.set()
        one = world.environ(ROCQSHIM_JOB_MEMORY_MAX="100M")
        other = world.environ(ROCQSHIM_MEMORY_MAX="2G")
        projects, chooser = world.broker.projects, world.broker.chooser
        first, second = [await projects.settings(str(world.folder), each) for each in (one, other)]
        project = projects.project(first)
        for settings, environ in ((first, one), (second, other), (first, one), (second, other)):
            await project.ready(settings, Caller(environ, os.getpid()), chooser)
            await project.recall(world.broker.history)

        asked = Asked(str(world.folder), "other", "", ("true",), one)
        build = project.builds.of(Origin("make-1"))
        job = await project.make_job(world.broker.numbers, asked, build, first)

        assert len(read) == 1
        assert job.limited and job.settings is first
        assert project.room.memory is not None and project.room.memory > 1 << 30
        project.jobs.clear()
        await job.place.close()

    run(body)
