"""The queue of one project: tickets that wait, tickets that run; the policy is admission.py."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from rocqshim.admission import Ticket, may_start


class Released(Exception):
    """The ticket was taken out of the queue; ``str()`` is the line for its user."""


@dataclass
class Queue:
    """Who waits and who runs. cap: compilers at once; memory_max: bytes of the slice."""

    cap: int | None = None
    memory_max: int | None = None
    has_room: Callable[[], bool] = lambda: True  # whether the backend counts too many tasks
    running: dict[int, Ticket] = field(default_factory=dict)
    _waiting: dict[int, tuple[Ticket, asyncio.Future[None]]] = field(default_factory=dict)

    def enter(self, ticket: Ticket) -> asyncio.Future[None]:
        """Queue the ticket; the future is done when it may start (it then counts as running)."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[ticket.number] = ticket, future
        self.advance()
        return future

    def leave(self, ticket: Ticket) -> None:
        """Its job is over, or it gave up waiting; the next may start."""
        self.running.pop(ticket.number, None)
        self._waiting.pop(ticket.number, None)
        self.advance()

    def release_all(self, why: str) -> int:
        """Take every waiting ticket out; gives how many there were."""
        released = list(self._waiting.values())
        self._waiting.clear()
        for _, future in released:
            if not future.done():
                future.set_exception(Released(why))
        return len(released)

    def waiting(self) -> list[int]:
        """The numbers of the tickets that wait, in order of arrival."""
        return list(self._waiting)

    def advance(self) -> None:
        """Start whom the policy lets start."""
        if self.running and not self.has_room():
            return
        tickets = [ticket for ticket, _ in self._waiting.values()]
        for ticket in may_start(tickets, list(self.running.values()), self.cap, self.memory_max):
            _, future = self._waiting.pop(ticket.number)
            self.running[ticket.number] = ticket
            if not future.done():
                future.set_result(None)
