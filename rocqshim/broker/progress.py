"""How far a build is: files done, files that will follow, and the time left. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rocqshim.admission.critical_path import users_of
from rocqshim.admission.model import Room
from rocqshim.admission.plan import Foresight, Known, lower_bound

FORESEEN = 2_000  # files; of more only the least time is said, as foreseeing takes 30 us for each


@dataclass(frozen=True)
class Progress:
    """Files of one build. total: with those that are still to come, None if nobody knows.

    left: seconds, None where that cannot be foreseen.
    """

    done: int
    total: int | None
    left: float | None


def progress(
    done: Collection[str],
    active: Mapping[str, float],
    lost: Collection[str],
    known: Mapping[str, Known],
    room: Room,
) -> Progress:
    """Foresee the rest of a build.

    done, active: files that were compiled, and those that run or wait, with the seconds that they
    have run. lost: those that did not end well. known: files of the history. make compiles
    whatever depends on a file that it has compiled, and on none that is lost: that is the rest.
    """
    users = users_of({file: entry.deps for file, entry in known.items()})
    never = _reached(set(lost) - set(active), users) - set(active)
    rest = _reached({*done, *active}, users) - set(done) - never
    if not rest & set(known):
        return Progress(len(done), None, None)
    left = {file: _left(known[file], active.get(file, 0.0)) for file in rest if file in known}
    return Progress(len(done), len(done) + len(rest), _seconds(left, room))


def _reached(start: Collection[str], users: Mapping[str, Collection[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        for user in users.get(todo.pop(), ()):
            if user not in found:
                found.add(user)
                todo.append(user)
    return found


def _left(known: Known, ran: float) -> Known:
    return Known(known.peak, max(0.0, known.seconds - ran), known.deps)


def _seconds(files: Mapping[str, Known], room: Room) -> float:
    # Of the moment only what stays: the host's memory and the pressure will be others.
    lasting = Room(room.memory, room.cores, room.cap)
    if len(files) > FORESEEN:
        return lower_bound(files, lasting)
    foresight = Foresight(files, lasting)
    return foresight.forwards(foresight.paths()).makespan
