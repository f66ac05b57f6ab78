"""The worker manager that a job's workers (``par:``) ask for cores: coqworkmgr's protocol.

Lines over TCP (tools/coqworkmgr of 8.16 to 9.2): ``HELLO LOW|HIGH``, ``GET n``, ``TRYGET n``,
``GIVEBACK n``, ``PING``; answered by ``TOKENS n``, ``NOLUCK``, ``PONG taken all pid``. A closed
connection gives its tokens back. Seen of coqc 8.16 and rocq 9.2 alike: the main process says LOW,
and asks for all, by one connection. First for itself, before it compiles: its job has been
admitted, so it has that. Then, from a thread for each, for its workers. These connect, and say
nothing.

A GET is never let wait. The threads read their answers from one channel, and where two wait, one
may take half of the other's: then the compile fails or hangs. It did with coqc 8.16 in 4 of 5
files, with rocq 9.2 in 3 of 20, on one processor, and in none of 135 that were answered at once. So
workers are counted, and no job starts on a core of theirs; how many there are is the compiler's
own matter (-async-proofs-tac-j, 2), and how much they use the limit's.

Each job has a port of its own, on the loopback: so we know whose workers ask, and it is gone with
the job. Other users of the machine can reach it; the worst that they can do is to keep other jobs
of this project from starting beside this one. A compiler whose manager goes away fails (status 1,
129, or SIGPIPE): only files that may have workers are told of it, and the launcher runs such a one
again (launch/job.py); and where it waits for a manager that is stopped, the launcher ends that.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass

from rocqshim.broker.tokens import Tokens

HOST = "127.0.0.1"
LONGEST = 64  # bytes of a line
NAMES = ("ROCQWORKMGR_SOCK", "COQWORKMGR_SOCK")  # from 9.0 on, and before


@dataclass
class Client:
    """One connection. started: the job itself has its core. tokens: those for workers."""

    high: bool = False
    started: bool = False
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
                writer.write(self._answer(client, line.split()).encode())
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # gone, or it does not speak our protocol
        finally:
            self._serving.discard(task)
            self._tokens.give_back(self._job, client.tokens)
            with contextlib.suppress(OSError):
                writer.close()

    def _answer(self, client: Client, words: list[bytes]) -> str:
        """What to say, "" for nothing. Raises ValueError where it is no line of the protocol."""
        match words:
            case [b"HELLO", priority]:
                client.high = priority == b"HIGH"
                return ""
            case [b"GET", count]:
                return f"TOKENS {self._get(client, _number(count))}\n"
            case [b"TRYGET", count]:
                got = self._tokens.take(self._job, _number(count))
                client.tokens += got
                return f"TOKENS {got}\n" if got else "NOLUCK\n"
            case [b"GIVEBACK", count]:
                self._give_back(client, _number(count))
                return ""
            case [b"PING"]:
                return f"PONG {self._tokens.extra} {self._tokens.cores} {os.getpid()}\n"
        raise ValueError(words)

    def _get(self, client: Client, count: int) -> int:
        if not (client.high or client.started):
            client.started = True
            return 1  # the core of the job itself
        self._tokens.have(self._job, count)
        client.tokens += count
        return count

    def _give_back(self, client: Client, count: int) -> None:
        workers = min(count, client.tokens)
        client.tokens -= workers
        client.started = client.started and workers == count
        self._tokens.give_back(self._job, workers)


def _number(word: bytes) -> int:
    """A number of the protocol, from 1 on. Raises ValueError."""
    if not word.isdigit() or len(word) > 6 or int(word) == 0:
        raise ValueError(word)
    return int(word)
