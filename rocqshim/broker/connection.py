"""One connection as the broker sees it: frames in, frames out, and who is at the other end."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

from rocqshim.backend.processes import facts_of
from rocqshim.launch.wire import Garbled, decode, encode, length_of

Fields = list[tuple[str, str]]


def environ_of(fields: Fields) -> dict[str, str]:
    """The variables among the fields of a frame, each ``env=NAME=VALUE``."""
    entries = (value.partition("=") for key, value in fields if key == "env")
    return {name: value for name, _, value in entries}


def seconds_of(text: str) -> float:
    """A time of a frame; 0 where there is none. Raises Closed."""
    try:
        return float(text or 0)
    except ValueError:
        raise Nonsense(f"no time: {text[:20]!r}") from None


def number_of(text: str) -> int:
    """A number of a frame; 0 where there is none. Raises Closed."""
    if not text:
        return 0
    if not text.isdecimal() or len(text) > 10:
        raise Nonsense(f"not a number: {text[:20]!r}")
    return int(text)


class Closed(Exception):
    """The other end is gone, or does not speak our protocol."""


class Nonsense(Closed):
    """It does not speak our protocol."""


class Connection:
    """Frames over one accepted socket; ``pid`` is the peer's, as the kernel says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.pid, self.uid = _peer(writer.get_extra_info("socket"))

    def is_allowed(self) -> bool:
        """Only our own user (and root) may ask for anything."""
        return self.uid in (os.getuid(), 0)

    def is_parent_of(self, pid: int) -> bool:
        """Whether ``pid`` is the peer's child; one of another PID namespace names a stranger."""
        facts = facts_of(pid) if pid and self.pid else None
        return facts is not None and facts.parent == self.pid

    async def receive(self) -> tuple[str, Fields]:
        """Wait for the next frame. Raises Closed."""
        try:
            head = (await self._reader.readuntil(b"\n"))[:-1]
            return decode(await self._reader.readexactly(length_of(head)))
        except (Garbled, asyncio.LimitOverrunError) as error:
            raise Nonsense(str(error)) from None
        except (EOFError, OSError) as error:
            raise Closed(str(error)) from None

    def send(self, verb: str, fields: Fields | None = None) -> None:
        """Send a frame. What a dead peer does not read is lost; receive() tells of its death."""
        if not self._writer.is_closing():
            self._writer.write(encode(verb, fields or []))

    async def flush(self) -> None:
        """Wait until everything is sent. Raises Closed."""
        try:
            await self._writer.drain()
        except OSError as error:
            raise Closed(str(error)) from None

    def close(self) -> None:
        """Close it, after what was sent."""
        self._writer.close()


def _peer(accepted: socket.socket) -> tuple[int, int]:
    raw = accepted.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, _ = struct.unpack("3i", raw)
    return pid, uid
