"""The broker's event loop: accepts, dispatches, and leaves when nothing has been asked for long."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
import time

from rocqshim import __version__
from rocqshim.backend import cgroup
from rocqshim.backend.systemd import SystemdSlice
from rocqshim.backend.units import is_stopping
from rocqshim.broker import control
from rocqshim.broker.attributes import connections, is_worse_off
from rocqshim.broker.connection import Closed, Connection, Fields, Nonsense
from rocqshim.broker.ending import STOPPED
from rocqshim.broker.launcher import Launcher
from rocqshim.broker.lifetime import BACKLOG, Listening
from rocqshim.broker.log import LOG
from rocqshim.broker.orphans import Orphans
from rocqshim.broker.running import Asked
from rocqshim.broker.shared import Serve, Shared
from rocqshim.broker.state import Broker
from rocqshim.errors import UserError
from rocqshim.launch.place import Unusable, seconds

# Without a job, then it leaves; with less than a second it would be gone before it is asked.
IDLE = max(seconds("ROCQSHIM_IDLE", 600), 1)
# A process in a session's scope keeps that session, the user's manager and /run/user/UID after the
# logout: without a manager of its own to live under, a broker is no reason for that.
IDLE_IN_SESSION = 10.0  # seconds
CLAIMED_WITHIN = 1.0  # seconds for launchers whose jobs were killed; they may be gone, too
SEEN_OUT = 5.0  # seconds for jobs that end with the manager; it gives us 10


def idle_seconds(group: str) -> float:
    """How long a broker in the cgroup ``group`` stays without a connection, in seconds."""
    is_in_session = re.search(r"/session-[^/]+\.scope(/|$)", group) is not None
    return min(IDLE, IDLE_IN_SESSION) if is_in_session else IDLE


class Server:
    """Serves connections for one broker, which leaves after ``idle`` seconds without any."""

    def __init__(self, broker: Broker, shared: Shared, idle: float) -> None:
        self._broker = broker
        self._shared = shared
        self._idle = idle
        self.leaving = asyncio.Event()
        self._why = f"nothing was asked for {idle:g} s"
        self._connections = 0
        self._most = connections()
        self._last_use = time.monotonic()

    def leave(self, why: str) -> None:
        """End soon, for the reason ``why``."""
        self._why = why
        self.leaving.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        connection = Connection(reader, writer)
        try:
            if connection.is_allowed():
                await self._answer(connection, *await connection.receive())
        except Nonsense as why:
            LOG.warning("process %s does not speak our protocol: %s", connection.pid, why)
        except Closed:
            pass
        except asyncio.CancelledError:
            pass  # by end_tasks; until Python 3.12 asyncio took that for an error of ours
        except Exception:
            LOG.exception("serving process %s", connection.pid)
        finally:
            connection.close()

    async def _answer(self, connection: Connection, verb: str, fields: Fields) -> None:
        self._connections += 1  # only from its first frame on: one that says nothing keeps nobody
        try:
            await self._dispatch(connection, verb, fields)
            await connection.flush()
        finally:
            self._connections -= 1
            self._last_use = time.monotonic()

    async def _dispatch(self, connection: Connection, verb: str, fields: Fields) -> None:
        if verb == "job":
            if is_worse_off(connection.pid):
                self._make_way(connection.pid)
            if self._connections > self._most:
                connection.send("later")
                return
            await Launcher(self._broker, connection, Asked.read(fields)).serve_job()
        elif verb == "adopt":
            await Launcher(self._broker, connection, Asked.read(fields)).serve_adopted()
        elif verb == "leave":
            self.leave(f"process {connection.pid} asked for it")
            control.reply(connection, {})
        elif verb == "share":
            await self._share(connection)
        else:
            await self._control(connection, verb, fields)

    def _make_way(self, pid: int) -> None:
        """End as a kill would: a better broker takes all jobs over, and holds the same slices."""
        LOG.warning("process %d can start a broker with more than this one was given: ended", pid)
        self._broker.history.close()
        os._exit(0)

    async def _share(self, connection: Connection) -> None:
        """Listen below /tmp, too; this connection, held open by `rocqshim run`, keeps us here."""
        try:
            path = await self._shared.open(self.serve)
        except Unusable as why:
            connection.send("error", [("fact", f"{why}."), ("hint", why.hint)])
            return
        control.reply(connection, {"path": path})
        with contextlib.suppress(Closed):
            await connection.receive()

    async def _control(self, connection: Connection, verb: str, fields: Fields) -> None:
        try:
            await control.answer(self._broker, connection, verb, fields)
        except UserError as error:
            connection.send("error", [("fact", error.fact), ("hint", error.hint)])

    async def until_idle(self) -> str:
        """Return when nothing has been connected for so long, or ``leave`` was asked; says why."""
        while self._connections or time.monotonic() - self._last_use < self._idle:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.leaving.wait(), min(self._idle, 5))
                break
        return self._why


class Doors:
    """The sockets at which one broker accepts, all to be closed at its end."""

    def __init__(self, listening: Listening, serve: Serve) -> None:
        self._listening = listening
        self._serve = serve
        self._open: list[asyncio.Server] = []

    async def open(self) -> None:
        """Accept at the socket, and at the spare address."""
        await self._accept(self._listening.socket, self._serve)
        if self._listening.spare:
            await self._accept(self._listening.spare, self._serve_at_spare)

    async def _accept(self, bound: socket.socket, serve: Serve) -> None:
        self._open.append(await asyncio.start_unix_server(serve, sock=bound, backlog=BACKLOG))

    async def _serve_at_spare(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one that has not found the socket: for all who come after, it is made again."""
        if self._listening.is_gone() and self._listening.renew():
            await self._accept(self._listening.socket, self._serve)
        await self._serve(reader, writer)

    def close(self) -> None:
        """Accept nobody any more."""
        for each in self._open:
            each.close()


async def end_tasks() -> None:
    """End what still runs, and take its errors: of a call that is cut off they are no news."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def hear_killed(broker: Broker) -> None:
    """Let the launchers of killed jobs report here: without us, each would start another broker."""
    until = time.monotonic() + CLAIMED_WITHIN
    while time.monotonic() < until and (broker.stopped or _has_cancelled(broker)):
        await asyncio.sleep(0.01)


def _has_cancelled(broker: Broker) -> bool:
    return any(job.cancelled_by for each in broker.projects.all() for job in each.jobs.values())


async def see_out(broker: Broker) -> None:
    """Where the manager ends, and all that is in it with us, tell the launchers why.

    Each would look for another broker, which that manager starts no more, for a minute.
    """
    ending = [each for each in broker.projects.all() if isinstance(each.slice, SystemdSlice)]
    if not ending or not await is_stopping(broker.chooser.bus):
        return
    for project in ending:
        project.stop(f"{project.name} {STOPPED}")
    until = time.monotonic() + SEEN_OUT
    while any(project.jobs for project in ending) and time.monotonic() < until:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0)  # who waited is told, too


async def run(listening: Listening) -> None:
    """Serve on the socket until idle; then release everything."""
    broker = Broker(listening.path)
    shared = Shared(listening.path)
    server = Server(broker, shared, idle_seconds(cgroup.of_process()))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, server.leave, f"it was sent {number.name}")
    doors = Doors(listening, server.serve)
    await doors.open()
    orphans = Orphans(broker, listening)
    listening.tell_ready()
    LOG.info("version %s started: pid %d, socket %s", __version__, os.getpid(), listening.path)
    broker.tell_history()
    why = await server.until_idle()
    await hear_killed(broker)
    await see_out(broker)
    with listening.leaving() as release:
        doors.close()
        shared.close()
        if release:
            await orphans.leave()
        await broker.close(release)
    await end_tasks()
    LOG.info("ended: %s", why if release else f"another broker is at {listening.path}")
