"""The order of a whole build, where every file's needs are known from the last one.

A list schedule by critical path is good, and seldom the best. Foreseeing a build costs
milliseconds, so several orders are tried with the queue itself, and the best one is taken.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from rocqshim.admission.critical_path import remaining_paths, users_of
from rocqshim.admission.model import Room, Waiting
from rocqshim.admission.queue import PATIENCE, Queue

MOST_TRIES = 300
STARTS = 20_000  # of foreseen jobs, in all orders together: about 30 us each
PATIENT = 10**9  # a list schedule that anything may overtake, as the oracle of simulate/


@dataclass(frozen=True)
class Known:
    """A file of which everything is known. peak: bytes. seconds: how long it runs."""

    peak: int
    seconds: float
    deps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """An order for the build. priority: for each file, for ``Waiting``. patience: for the queue.

    makespan: seconds that the build takes, if everything goes as it is known.
    """

    priority: Mapping[str, float]
    patience: int
    makespan: float


@dataclass(frozen=True)
class Foreseen:
    """How a build went: its seconds, and when each file started and ended."""

    makespan: float
    started: Mapping[str, float]
    ended: Mapping[str, float]


class Foresight:
    """One build, foreseen in any order, forwards and backwards."""

    def __init__(self, files: Mapping[str, Known], room: Room) -> None:
        self.files, self.room = files, room
        self._deps = {file: [d for d in known.deps if d in files] for file, known in files.items()}
        self._users = users_of(self._deps)

    def paths(self, weight: float = 0.0) -> dict[str, float]:
        """The remaining path of each file; memory taken counts as time, by ``weight``."""
        memory = self.room.memory or 0

        def seconds(file: str) -> float:
            known = self.files[file]
            share = min(1.0, known.peak / memory) if memory > 0 else 0.0
            return known.seconds * (1.0 + weight * share)

        return remaining_paths(self._deps, seconds)

    def forwards(self, priority: Mapping[str, float], patience: int = PATIENCE) -> Foreseen:
        """Run the queue with these priorities."""
        return self._run(priority, patience, self._deps, self._users)

    def backwards(self, priority: Mapping[str, float], patience: int = PATIENCE) -> Foreseen:
        """Run the queue on the build turned round: each file after those that need it."""
        return self._run(priority, patience, self._users, self._deps)

    def _run(
        self,
        priority: Mapping[str, float],
        patience: int,
        needs: Mapping[str, Sequence[str]],
        users: Mapping[str, Sequence[str]],
    ) -> Foreseen:
        queue, names = Queue(patience), list(self.files)
        number = {name: index for index, name in enumerate(names)}
        missing = {name: len(needs[name]) for name in names}
        started: dict[str, float] = {}
        ended: dict[str, float] = {}
        ends: list[tuple[float, int]] = []
        ready = [name for name in names if not missing[name]]
        now = 0.0
        while True:
            for name in ready:
                known = self.files[name]
                queue.enter(Waiting(number[name], known.peak, priority[name], known.seconds))
            while job := queue.choose(self.room, now):
                queue.start(job.number, now)
                started[names[job.number]] = now
                heapq.heappush(ends, (now + self.files[names[job.number]].seconds, job.number))
            if not ends:
                return Foreseen(now, started, ended)
            now, ready = ends[0][0], []
            while ends and ends[0][0] <= now:
                _, over = heapq.heappop(ends)
                queue.end(over)
                ended[names[over]] = now
                for user in users[names[over]]:
                    missing[user] -= 1
                    if not missing[user]:
                        ready.append(user)


def plan(files: Mapping[str, Known], room: Room, tries: int | None = None, seed: int = 0) -> Plan:
    """The best order of up to ``tries``; the first one is by critical path.

    tries: by default so many that it takes about half a second. Ends early when no
    order can be better. seed: of the random changes. Pure: it may run in another thread.
    """
    search = _Search(Foresight(files, room), lower_bound(files, room) * (1 + 1e-9))
    if tries is None:
        tries = max(3, min(MOST_TRIES, STARTS // max(1, len(files))))
    search.run(tries, Random(seed))
    return search.best


def lower_bound(files: Mapping[str, Known], room: Room) -> float:
    """Seconds that no order can beat: the critical path, the work over the cores, and the memory
    times time over the memory."""
    deps = {file: [d for d in known.deps if d in files] for file, known in files.items()}
    bounds = [max(remaining_paths(deps, lambda f: files[f].seconds).values(), default=0.0)]
    if room.cores:
        bounds.append(sum(known.seconds for known in files.values()) / room.cores)
    if room.memory:
        bounds.append(sum(known.seconds * known.peak for known in files.values()) / room.memory)
    return max(bounds)


class _Search:
    """Tries orders, and keeps the best."""

    def __init__(self, foresight: Foresight, bound: float) -> None:
        self._foresight, self._bound = foresight, bound
        self.best = Plan({}, PATIENCE, float("inf"))
        self.tried = 0

    def run(self, tries: int, random: Random) -> None:
        """First the paths, with memory counted in more and more; then to and fro.

        No order is so patient that somebody could starve in it: what was not foreseen, and other
        projects in the same slice, queue by it, too.
        """
        paths = self._foresight.paths()
        self._try(paths, PATIENCE)
        for weight, patience in FIRST:
            if not self._is_over(tries):
                self._try(self._foresight.paths(weight), patience)
        if not self._is_over(tries):
            self._try(dict.fromkeys(paths, 0.0), PATIENCE)  # as make would ask
        while not self._is_over(tries):
            self._to_and_fro(_shaken(self.best.priority, random), tries)

    def _is_over(self, tries: int) -> bool:
        return self.tried >= tries or self.best.makespan <= self._bound

    def _to_and_fro(self, priority: Mapping[str, float], tries: int) -> None:
        """Turn the build round: what ends last there starts first here; while that helps."""
        before = float("inf")
        seen = self._try(priority, self.best.patience)
        while seen.makespan < before and not self._is_over(tries):
            before = seen.makespan
            self.tried += 1
            back = self._foresight.backwards(seen.ended, 0)
            seen = self._try(back.ended, 0)

    def _try(self, priority: Mapping[str, float], patience: int) -> Foreseen:
        seen = self._foresight.forwards(priority, patience)
        self.tried += 1
        if seen.makespan < self.best.makespan:
            self.best = Plan(priority, patience, seen.makespan)
        return seen


FIRST = ((0.0, 0), (1.0, PATIENCE), (1.0, 0), (4.0, PATIENCE), (4.0, 0))
SHAKEN = 0.1  # share by which an order is changed at random


def _shaken(priority: Mapping[str, float], random: Random) -> dict[str, float]:
    return {
        file: value * random.uniform(1 - SHAKEN, 1 + SHAKEN) for file, value in priority.items()
    }
