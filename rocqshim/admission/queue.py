"""The queue: who waits, who runs, and who starts next. One object for broker and simulator.

It has no clock: ``now`` is seconds of the caller's. ``choose`` changes nothing.
"""

from __future__ import annotations

from rocqshim.admission.backfill import Backfill
from rocqshim.admission.model import Room, Running, Waiting
from rocqshim.admission.order import Order

PATIENCE = 200  # starts; so often may the first in order be overtaken, then nobody delays it


class Queue:
    """Jobs that wait and jobs that run, and the sums over them.

    patience: how often the job whose turn it is may be overtaken by smaller ones.
    """

    def __init__(self, patience: int = PATIENCE) -> None:
        self.running: dict[int, Running] = {}
        self.waiting = Order()
        self.patience = patience
        self.held = 0  # bytes: the sum of max(reservation, use)
        self.growth = 0  # bytes: the part of it that is not in use yet
        self.compiling = 0  # how many jobs run that are not interactive
        self.stopped = 0  # how many of those are stopped: they have no core
        self._interactive: dict[int, Waiting] = {}
        self._alone = 0  # how many exclusive jobs run
        self._head = -1  # whose turn it is
        self._overtaken = 0  # how often that one was

    def enter(self, job: Waiting) -> None:
        """A job asks to start. Its number must be new."""
        if job.interactive:
            self._interactive[job.number] = job
        else:
            self.waiting.add(job)

    def update(self, job: Waiting) -> None:
        """What is predicted of a waiting job has changed; nothing if it waits no more."""
        if job.number in self.waiting and self.waiting.get(job.number) != job:
            self.waiting.remove(job.number)
            self.waiting.add(job)

    def withdraw(self, number: int) -> None:
        """A waiting job has given up; nothing if it is not there."""
        self._interactive.pop(number, None)
        if number in self.waiting:
            self.waiting.remove(number)

    def choose(self, room: Room, now: float = 0.0) -> Waiting | None:
        """Who may start now; None: nobody. Ask again after ``start``."""
        if self._interactive:
            return next(iter(self._interactive.values()))
        head = self.waiting.first()
        if head is None or not self.compiling:
            return head  # alone, always: else nothing would ever go on
        if self._alone or not self._has_place(room):
            return None
        return self._by_memory(head, room, now)

    def start(self, number: int, now: float = 0.0) -> Running:
        """The job that was chosen runs from now on."""
        interactive = self._interactive.pop(number, None)
        if not interactive:
            self._count_overtaking(number)
        job = interactive or self.waiting.remove(number)
        run = Running(number, job.peak, 0, now, job.seconds, job.exclusive, job.interactive)
        self.adopt(run)
        return run

    def adopt(self, run: Running) -> None:
        """A job runs that this queue has not started."""
        self.running[run.number] = run
        self._alone += run.exclusive
        self.compiling += not run.interactive
        self.stopped += run.stopped and not run.interactive
        self._count(run, 1)

    def end(self, number: int) -> None:
        """A running job has ended, however; nothing if it is not there."""
        run = self.running.pop(number, None)
        if run:
            self._count(run, -1)
            self._alone -= run.exclusive
            self.compiling -= not run.interactive
            self.stopped -= run.stopped and not run.interactive

    def stop(self, number: int, stopped: bool) -> None:
        """A running job has been stopped (Ctrl-Z), or goes on."""
        run = self.running.get(number)
        if run and run.stopped != stopped:
            self.end(number)
            run.stopped = stopped
            self.adopt(run)

    def report(self, number: int, use: int, reservation: int | None = None) -> None:
        """What a running job uses now, in bytes; and what is reserved for it from now on."""
        run = self.running.get(number)
        if run:
            self._count(run, -1)
            run.use = use
            run.reservation = run.reservation if reservation is None else reservation
            self._count(run, 1)

    @property
    def has_interactive(self) -> bool:
        """Whether a job waits in front of which somebody sits."""
        return bool(self._interactive)

    @property
    def busy(self) -> int:
        """How many cores have a compiler that goes on."""
        return self.compiling - self.stopped

    @property
    def is_exclusive(self) -> bool:
        """Whether a job runs that is to run alone."""
        return self._alone > 0

    def free(self, room: Room) -> float:
        """Bytes that may still be promised."""
        slice_left = float("inf") if room.memory is None else room.memory - self.held
        host_left = float("inf") if room.host is None else room.host - self.growth
        return min(slice_left, host_left)

    def _has_place(self, room: Room) -> bool:
        limits = [limit for limit in (room.cores, room.cap) if limit is not None]
        return room.calm and all(self.busy < limit for limit in limits)

    def _by_memory(self, head: Waiting, room: Room, now: float) -> Waiting | None:
        free = self.free(room)
        if head.peak <= free and not head.exclusive:
            return head
        if self._overtaken < self.patience or self._head != head.number:
            return self.waiting.first_fitting(free, besides=head.number)
        return Backfill(head, room, self).choose(free, now)

    def _count_overtaking(self, number: int) -> None:
        head = self.waiting.first()
        if head is None or head.number != self._head:
            self._head, self._overtaken = (head.number if head else -1), 0
        self._overtaken += head is not None and head.number != number

    def _count(self, run: Running, sign: int) -> None:
        self.held += sign * run.held
        self.growth += sign * run.growth
