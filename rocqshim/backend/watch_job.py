"""One job of the watchdog: an account of its processes in place of a job cgroup."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time

from rocqshim.backend import BackendError, JobCounters, JobRequest, Use
from rocqshim.backend.processes import facts_of
from rocqshim.backend.watch_account import Account
from rocqshim.backend.watch_data_limit import data_limit, data_limit_now, limit_data
from rocqshim.backend.watch_restraints import restrain, restraints_for
from rocqshim.backend.watch_sampler import Sampler
from rocqshim.limits import Limits

CLOSE_WITHIN = 2.0  # seconds
LOOKS = 10  # of which one must have seen every new process
POLL = 0.01  # seconds; a killed process of some GB needs about 0.1 s to give them back


class WatchdogJob:
    """The place of one job. Made by `WatchdogSlice`."""

    procs = ""  # a launcher cannot place its child itself: attach() must hear of it
    counts_peak = False

    def __init__(self, sampler: Sampler, request: JobRequest) -> None:
        self._sampler = sampler
        self._request = request
        self._account = Account(request.name, request.memory_max, request.interactive)
        sampler.accounts[request.name] = self._account

    async def attach(self, pid: int) -> None:
        """Watch ``pid`` and all its descendants from now on, and restrain it."""
        if not self.watch(pid):
            raise BackendError(f"process {pid} has gone before it was placed")
        self._account.data_before = data_limit_now(pid)
        limits, request = self._sampler.limits, self._request
        limit_data(pid, data_limit(limits, request.memory_max), self._account.data_before)
        asked = restraints_for(limits, request.oom_score_adj)
        restrain(pid, asked, self._sampler.slice_name)

    def watch(self, pid: int) -> bool:
        """Watch ``pid`` and all its descendants; False when it is gone."""
        facts = facts_of(pid)
        if facts is None or facts.is_gone or pid in (1, os.getpid()):
            return False
        self._sampler.members.add(facts.process, self._request.name)
        self._account.processes = [facts]  # counts as a task before the first sample
        self._begin(facts.process.start)
        return True

    def watch_marked(self) -> bool:
        """Watch those who have the job's name in their environment; False when none has."""
        found = self._sampler.members.look(full=True).get(self._request.name, [])
        for each in found:
            self._begin(each.process.start)
        return bool(found)

    def _begin(self, start: int) -> None:
        self._account.started = min(self._account.started, start)
        self._sampler.start()

    def started(self, pid: int) -> None:
        """Nothing is left to do: attach() has set what is set per process."""

    def use(self) -> Use:
        """What the job uses now; zeros when it is gone."""
        self._sampler.refresh()
        account = self._account
        pids = tuple(each.process.pid for each in account.processes)
        return Use(account.memory, account.peak, account.tasks if pids else 0, pids)

    def held(self) -> int:
        """What it had when it was last sampled; page cache is not counted."""
        return self._account.memory

    def rescore(self, score: int) -> None:
        """Nothing: within the slice we choose ourselves (watch_policy)."""

    def counters(self) -> JobCounters:
        """What was seen of the job by sampling; what nobody counted is None."""
        killed = self._account.killed
        return JobCounters(
            memory_seen=self._account.peak or 0,
            levels=self._sampler.levels(),
            killed_for=killed.killed_for if killed else None,
            memory_had=killed.memory if killed else None,
        )

    def kill(self) -> None:
        """Kill all of it with SIGKILL, now."""
        self._sampler.kill(self._account)

    def is_empty(self) -> bool:
        """Tell whether no process of the job is left (a zombie is none); no, where in doubt."""
        members, name = self._sampler.members, self._request.name
        own = self._account.own
        if own({name: members.known(name)}):
            return False
        for _ in range(LOOKS):
            if own(members.look()):
                return False
            if not members.missed:
                return True
        return False

    async def close(self) -> None:
        """Kill what is left, wait for its end for two seconds at most, forget the job."""
        until = time.monotonic() + CLOSE_WITHIN
        with contextlib.suppress(OSError):
            while not self.is_empty() and time.monotonic() < until:
                self.kill()
                await asyncio.sleep(POLL)
        self._sampler.accounts.pop(self._request.name, None)
        self._account.measure([])


def relimit(account: Account, limits: Limits) -> None:
    """Give the processes of a running job the RLIMIT_DATA of the slice's new limits."""
    if account.data_before is None:
        return  # adopted: which limit the caller had set, we cannot know any more
    for each in account.processes:
        limit_data(each.process.pid, data_limit(limits, account.memory_max), account.data_before)
