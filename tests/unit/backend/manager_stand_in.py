"""A stand-in for a systemd manager at its socket: it counts, answers as it is told, and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jeepney import HeaderFields, Message, Parser, new_error, new_method_return

# The signature and body of a reply, the name of an error, or None for silence.
Answer = tuple[str, tuple[object, ...]] | str | None


@dataclass
class Manager:
    """Listens at ``path`` with the event loop that has started it; ``answer`` is given a method."""

    path: Path
    answer: Callable[[str], Answer] = lambda method: ("", ())
    calls: list[str] = field(default_factory=list)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen."""
        await asyncio.start_unix_server(self._serve, self.path)

    def reexec(self) -> None:
        """Drop every connection, as after `systemctl daemon-reexec`."""
        for writer in self._open:
            writer.close()

    def connections(self) -> int:
        """How many the other end has open."""
        return len(self._open)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        await reader.readuntil(b"\r\n")  # AUTH EXTERNAL, and the user's number
        await asyncio.sleep(0.01)  # so that others ask meanwhile
        writer.write(b"OK 0123456789abcdef0123456789abcdef\r\n")
        await reader.readuntil(b"BEGIN\r\n")
        await self._converse(reader, writer)
        self._open.discard(writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        parser = Parser()
        while data := await reader.read(4096):
            parser.add_data(data)
            while (message := parser.get_next_message()) is not None:
                method = str(message.header.fields[HeaderFields.member])
                self.calls.append(method)
                self._reply(writer, message, self.answer(method))

    def _reply(self, writer: asyncio.StreamWriter, message: Message, said: Answer) -> None:
        if isinstance(said, str):
            writer.write(new_error(message, said, "s", ("no",)).serialise(1))
        elif said is not None:
            writer.write(new_method_return(message, *said).serialise(1))
