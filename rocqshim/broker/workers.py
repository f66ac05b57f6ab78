"""The worker manager that a job's ``par:`` workers ask for cores: coqworkmgr's protocol.

Lines over TCP (tools/coqworkmgr of 8.16 to 9.2): ``HELLO LOW|HIGH``, ``GET n`` (waits),
``TRYGET n``, ``GIVEBACK n``, ``PING``; answered by ``TOKENS n``, ``NOLUCK``, ``PONG taken all
pid``. A closed connection gives its tokens back. The compiler's main process says LOW, and asks
for one before it compiles: its job has been admitted, so it has it.

Each job has a port of its own, on the loopback: so we know whose workers ask, and it is gone with
the job. Other users of the machine can reach it; the worst that they can do is to take cores from
the workers of this one job. A compiler whose manager goes away may die of SIGPIPE (coqc 8.16):
only files with a ``par:`` are told of it, and the launcher runs such a one again (launch/job.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass

from rocqshim.broker.tokens import Tokens

HOST = "127.0.0.1"
AGAIN = 0.1  # seconds between two looks whether a core is free
LONGEST = 64  # bytes of a line
NAMES = ("ROCQWORKMGR_SOCK", "COQWORKMGR_SOCK")  # from 9.0 on, and before


@dataclass
class Client:
    """One connection. high: a worker's. tokens: that it took from the pool."""

    high: bool = False
    tokens: int = 0


class Workers:
    """The manager of one job, ``job`` in the pool ``tokens``."""

    def __init__(self, tokens: Tokens, job: int) -> None:
        self._tokens, self._job = tokens, job
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def open(self) -> str:
        """Listen; gives what to add to the job's environment, "" where that cannot be."""
        try:
            self._server = await asyncio.start_server(self._accept, HOST, 0, limit=LONGEST)
        except OSError:
            return ""  # no loopback, no descriptor: the workers do without, as they always did
        port = self._server.sockets[0].getsockname()[1]
        return "\n".join(f"{name}={HOST}:{port}" for name in NAMES)

    async def close(self) -> None:
        """The job is over."""
        if self._server:
            self._server.close()
        for task in list(self._serving):
            task.cancel()
        self._tokens.forget(self._job)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        client = Client()
        try:
            while line := await reader.readline():
                writer.write((await self._answer(client, line.split(), reader)).encode())
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # gone, or it does not speak our protocol
        finally:
            self._serving.discard(task)
            self._tokens.give_back(self._job, client.tokens)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(
        self, client: Client, words: list[bytes], reader: asyncio.StreamReader
    ) -> str:
        """What to say, "" for nothing. Raises ValueError where it is no line of the protocol."""
        match words:
            case [b"HELLO", priority]:
                client.high = priority == b"HIGH"
                return ""
            case [b"GET", count]:
                return f"TOKENS {await self._get(client, _number(count), reader)}\n"
            case [b"TRYGET", count]:
                got = self._take(client, _number(count))
                return f"TOKENS {got}\n" if got else "NOLUCK\n"
            case [b"GIVEBACK", count]:
                self._give_back(client, _number(count))
                return ""
            case [b"PING"]:
                return f"PONG {self._tokens.extra} {self._tokens.cores} {os.getpid()}\n"
        raise ValueError(words)

    async def _get(self, client: Client, count: int, reader: asyncio.StreamReader) -> int:
        while not (got := self._take(client, count)):
            if reader.at_eof():
                raise ValueError("gone while it waited")
            await asyncio.sleep(AGAIN)
        return got

    def _take(self, client: Client, count: int) -> int:
        if not client.high:
            return 1  # the core of the job itself
        got = self._tokens.take(self._job, count)
        client.tokens += got
        return got

    def _give_back(self, client: Client, count: int) -> None:
        count = min(count, client.tokens)
        client.tokens -= count
        self._tokens.give_back(self._job, count)


def _number(word: bytes) -> int:
    """A number of the protocol, from 1 on. Raises ValueError."""
    if not word.isdigit() or len(word) > 6 or int(word) == 0:
        raise ValueError(word)
    return int(word)
