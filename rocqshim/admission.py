"""When may a job start? Pure: from who waits and who runs to who starts now.

The rules: at most ``cap`` jobs; the declared expectations stay within memory-max; an exclusive
job runs alone; first come, first served. One exception to that: past a job that waits for
declared memory, jobs that declare none may go. They take nothing that it waits for, and idle
processors help nobody. Nobody starves: whatever is oldest of all that wait and run, is running
(each end of a job frees its place, and the oldest that waits is asked first).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ticket:
    """A job in the queue.

    number: order of arrival. expected: bytes that its [[files]] rule declares, 0 for none.
    exclusive: its rule wants it to run alone.
    """

    number: int
    expected: int
    exclusive: bool


def may_start(
    waiting: Sequence[Ticket], running: Sequence[Ticket], cap: int | None, memory_max: int | None
) -> list[Ticket]:
    """Give those of ``waiting`` that start now, in order. To be asked at each arrival and end.

    cap: jobs at once, None for any number. memory_max: bytes of the slice, None for no limit.
    """
    beside = list(running)
    started: list[Ticket] = []
    short = False  # somebody before this one waits for declared memory
    for ticket in sorted(waiting, key=lambda ticket: ticket.number):
        if _has_place(ticket, beside, cap) and _has_memory(ticket, beside, memory_max, short):
            beside.append(ticket)
            started.append(ticket)
        elif _may_be_passed(ticket, memory_max):
            short = True
        else:
            break
    return started


def _has_place(ticket: Ticket, beside: list[Ticket], cap: int | None) -> bool:
    if not beside:
        return True  # alone, always: else nothing would ever go on
    if ticket.exclusive or any(other.exclusive for other in beside):
        return False
    return cap is None or len(beside) < cap


def _has_memory(ticket: Ticket, beside: list[Ticket], limit: int | None, short: bool) -> bool:
    if limit is None or not beside:
        return True
    if short and ticket.expected:
        return False  # it would take what those before it wait for
    return sum(other.expected for other in beside) + ticket.expected <= limit


def _may_be_passed(ticket: Ticket, limit: int | None) -> bool:
    # One that expects more than there is must be alone, as an exclusive one: whoever passed it
    # would keep it waiting. (Where a place is what is missing, it is missing to all.)
    return not ticket.exclusive and limit is not None and ticket.expected <= limit
