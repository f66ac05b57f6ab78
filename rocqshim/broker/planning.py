"""An order for the whole build, worked out beside the work, as the history knows every file."""

from __future__ import annotations

import asyncio

from rocqshim.admission.admit import Admission
from rocqshim.admission.model import Room
from rocqshim.admission.plan import Plan, plan

WORTH_IT = 3  # files; of fewer there is nothing to put in order


def plan_beside(admission: Admission, room: Room) -> asyncio.Future[Plan] | None:
    """Plan in another thread, for half a second; admission follows when it is done.

    Until then the order is by critical path. None: too few files are known.
    """
    files = admission.known()
    if len(files) < WORTH_IT:
        return None
    planned = asyncio.get_running_loop().run_in_executor(None, plan, files, lasting(room))
    planned.add_done_callback(lambda done: _follow(admission, done))
    return planned


def lasting(room: Room) -> Room:
    """What stays of a moment's room: the host's memory and the pressure will be others."""
    return Room(room.memory, room.cores, room.cap)


def _follow(admission: Admission, done: asyncio.Future[Plan]) -> None:
    if not done.cancelled() and done.exception() is None:
        admission.follow(done.result())
