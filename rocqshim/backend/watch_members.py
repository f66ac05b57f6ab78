"""Which processes belong to which job, where no cgroup keeps them together.

A process belongs to a job when it descends from one that does, or, as an orphan whose parents
are gone (the `par:` workers of a killed coqc have parent 1), by ROCQSHIM_JOB in its
environment. Once seen it is remembered by number and start time.
"""

from __future__ import annotations

import os

from rocqshim.backend.processes import Facts, Process, all_pids, facts_of, job_marker

FULL_EVERY = 10  # looks; between two full ones, a number that is used again goes unnoticed

Found = dict[str, list[Facts]]


class Members:
    """The processes of all jobs of one slice. ``look`` is cheap: only new processes are read.

    ``missed``: who that was, and whom it had started, nobody knows: look again to be sure.
    """

    def __init__(self, slice_name: str, place: str = "") -> None:
        self._place = place
        self._prefix = f"{slice_name}/"
        self._job: dict[Process, str] = {}  # "" for those that have nothing to do with us
        self._start: dict[int, int] = {}
        self._looks = 0
        self.missed = False  # in the last look a new process ended before all of it was read

    def add(self, process: Process, job: str) -> None:
        """Say that ``process`` belongs to ``job``; it was seen before its exec, perhaps."""
        self._start[process.pid] = process.start
        self._job[process] = job

    def look(self, full: bool = False) -> Found:
        """Give the living processes of each job, jobs unknown to us included."""
        full = full or self._looks % FULL_EVERY == 0
        self._looks += 1
        pids = all_pids() - {os.getpid()}
        self._forget_all_but(pids)
        new_pids = pids - self._start.keys()
        facts = self._read(pids if full else self._worth_reading(pids))
        new = {pid: each for pid, each in facts.items() if each.process not in self._job}
        for each in new.values():
            self._settle(each, new)
        strangers = (each for each in new.values() if not self._job[each.process])
        self.missed = not new_pids <= facts.keys() or any(map(_has_ended, strangers))
        return self._by_job(facts)

    def known(self, job: str) -> list[Facts]:
        """Like ``look`` for one job, with only those that were seen before: cheaper."""
        mine = [process for process, name in self._job.items() if name == job]
        facts = (facts_of(process.pid) for process in mine)
        return [each for each in facts if each and not each.is_gone and each.process in mine]

    def _worth_reading(self, pids: set[int]) -> set[int]:
        ours = {process.pid for process, job in self._job.items() if job}
        return (pids - self._start.keys()) | (pids & ours)

    def _read(self, pids: set[int]) -> dict[int, Facts]:
        # The youngest first: what forks all the time has ended by the time that all are read.
        found = ((pid, facts_of(pid)) for pid in sorted(pids, reverse=True))
        facts = {pid: each for pid, each in found if each is not None}
        for pid, each in facts.items():
            if self._start.get(pid, each.process.start) != each.process.start:
                self._forget(pid)  # the number was used again
        return facts

    def _settle(self, facts: Facts, new: dict[int, Facts]) -> str:
        """Find the job of a new process, and of its new ancestors, and remember it."""
        process = facts.process
        if process not in self._job:
            self.add(process, "")  # ends a cycle, should /proc ever show one
            self.add(process, self._inherited(facts, new) or self._marked(process.pid))
        return self._job[process]

    def _inherited(self, facts: Facts, new: dict[int, Facts]) -> str:
        if facts.parent in new:
            return self._settle(new[facts.parent], new)
        parent = Process(facts.parent, self._start.get(facts.parent, -1))
        return self._job.get(parent, "") if parent.start <= facts.process.start else ""

    def _marked(self, pid: int) -> str:
        marker = job_marker(pid, self._place)
        return marker[len(self._prefix) :] if marker.startswith(self._prefix) else ""

    def _by_job(self, facts: dict[int, Facts]) -> Found:
        found: Found = {}
        for _, each in sorted(facts.items()):
            job = self._job[each.process]
            if job and not each.is_gone:
                found.setdefault(job, []).append(each)
        return found

    def _forget_all_but(self, pids: set[int]) -> None:
        for pid in self._start.keys() - pids:
            self._forget(pid)

    def _forget(self, pid: int) -> None:
        self._job.pop(Process(pid, self._start.pop(pid)), None)


def _has_ended(facts: Facts) -> bool:
    now = facts_of(facts.process.pid)
    return now is None or now.is_gone or now.process != facts.process
