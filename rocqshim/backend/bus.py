"""The systemd manager over D-Bus: the user's, or the system's for root. Every wait is bounded.

The private socket of the manager comes first, as in systemd-run: no bus daemon is between, and
it exists also where the user has no bus.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.io.asyncio import DBusConnection, DBusRouter, open_dbus_connection

from rocqshim.backend import BackendError
from rocqshim.launch.place import runtime_folder

SYSTEMD = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
MANAGER = DBusAddress(PATH, SYSTEMD, f"{SYSTEMD}.Manager")
TIMEOUT = 10.0  # seconds for one reply: a manager can starve (systemd#42991)
REEXEC = 2.0  # seconds in which a manager that executes itself anew listens again
PAUSE = 0.02  # seconds between two attempts
# What a bus answers for a manager that executed itself anew instead of replying.
NO_REPLY = "org.freedesktop.DBus.Error.NoReply"
INFINITY = 2**64 - 1  # systemd's ``infinity`` in a property of type t


class Refused(BackendError):
    """The manager answered with an error; ``name`` is the D-Bus error name."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class Bus:
    """A connection to a manager that is made when needed, and again after a daemon-reexec."""

    def __init__(self) -> None:
        # A task, for which all wait who call: it is made once, and its failure is everybody's.
        self._link: asyncio.Task[_Link] | None = None

    async def close(self) -> None:
        """Close the connection; whoever waits for a reply loses it."""
        if self._link is not None:
            await self._leave(self._link)

    async def _leave(self, link: asyncio.Task[_Link]) -> None:
        if self._link is not link:  # another task has made a new one already
            return
        self._link = None
        if link.cancel() or link.cancelled() or link.exception():
            return  # it was never made
        with contextlib.suppress(Exception):  # with which its receiver has ended
            await link.result().close()

    async def call(self, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        """Call a method of the manager; gives the body of the reply. Raises BackendError."""
        return await self._send(new_method_call(MANAGER, method, signature, body))

    async def get(self, path: str, interface: str, name: str) -> Any:
        """Read one property of the unit at ``path``. Raises BackendError."""
        address = DBusAddress(path, SYSTEMD, f"{SYSTEMD}.{interface}")
        reply = await self._send(Properties(address).get(name))
        return reply[0][1]

    async def _send(self, message: Message) -> Any:
        try:
            reply = await self._reply(message)
        except _Lost:
            reply = await self._reply(message)
        if name := _error_name(reply):
            raise Refused(name, str(reply.body[0]) if reply.body else name)
        return reply.body

    async def _reply(self, message: Message) -> Message:
        link = self._link = self._link or asyncio.create_task(_connect())
        try:
            router = (await asyncio.shield(link)).router
            reply = await asyncio.wait_for(router.send_and_get_reply(message), TIMEOUT)
            if _error_name(reply) == NO_REPLY:
                raise EOFError("it did not reply")  # as if there were no bus between
        except asyncio.TimeoutError:
            raise BackendError(f"the systemd manager did not answer in {TIMEOUT:g} s") from None
        except BackendError:
            await self._leave(link)
            raise
        except Exception as error:  # jeepney: RouterClosed, EOFError, OSError
            await self._leave(link)
            raise _Lost(f"the systemd manager went away: {_reason(error)}") from None
        return reply


@dataclass(frozen=True)
class _Link:
    connection: DBusConnection
    router: DBusRouter

    async def close(self) -> None:
        try:
            await self.router.__aexit__(None, None, None)  # ends its receiver, or takes its error
        finally:
            self.connection.writer.close()


async def _connect() -> _Link:
    """Connect to the manager of this user. Raises BackendError."""
    try:
        connection = await asyncio.wait_for(_open(), TIMEOUT)
    except (OSError, EOFError, asyncio.TimeoutError, ValueError, KeyError) as error:
        raise BackendError(f"no systemd manager answers: {_reason(error)}") from None
    return _Link(connection, DBusRouter(connection))


class _Lost(BackendError):
    """The connection broke; one new attempt is worth it."""


def _error_name(reply: Message) -> str:
    """The name of the error that a reply is; "" where it is none."""
    is_error = reply.header.message_type is MessageType.error
    return str(reply.header.fields[HeaderFields.error_name]) if is_error else ""


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


def private_socket() -> str:
    """The manager's own socket: the system manager's for root, the user manager's otherwise."""
    if os.getuid() == 0:
        return "/run/systemd/private"
    return os.path.join(_runtime(), "systemd", "private")


def _runtime() -> str:
    # Where nothing can be written (a sandbox), the manager's sockets may be there all the same.
    return runtime_folder() or f"/run/user/{os.getuid()}"


async def _open() -> DBusConnection:
    try:
        return await _open_private(private_socket())
    except OSError:
        if os.getuid() != 0:
            bus = f"unix:path={_runtime()}/bus"
            os.environ.setdefault("DBUS_SESSION_BUS_ADDRESS", bus)
        return await open_dbus_connection("SYSTEM" if os.getuid() == 0 else "SESSION")


async def _open_private(path: str) -> DBusConnection:
    # Peer to peer: authenticated as on a bus, but there is no bus to say Hello to.
    reader, writer = await _accepted(path)
    try:
        await _authenticate(reader, writer)
    except BaseException:  # the end of our patience is a CancelledError
        writer.close()
        raise
    return DBusConnection(reader, writer)


async def _accepted(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    # In a daemon-reexec there is a socket at which nobody listens for a moment.
    deadline = time.monotonic() + REEXEC
    while True:
        try:
            return await asyncio.open_unix_connection(path)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(PAUSE)


async def _authenticate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    steps = Authenticator()
    for data in steps:
        writer.write(data)
        answer = await reader.read(1024)
        if not answer:
            raise EOFError("it closed the connection")
        steps.feed(answer)
    writer.write(BEGIN)
