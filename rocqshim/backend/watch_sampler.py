"""The watchdog's loop over the jobs of one slice: sample, decide, kill, see that it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import time

from rocqshim.backend import Level, Use
from rocqshim.backend.processes import Process, kill
from rocqshim.backend.watch_account import Account
from rocqshim.backend.watch_members import Members
from rocqshim.backend.watch_policy import FAST, Victim, pause, victims
from rocqshim.limits import Limits

FRESH = 0.05  # seconds for which a sample is good enough to be told again
KILL_PASSES = 100  # 0.5 ms each; two are enough for all but a job that forks all the time


class Sampler:
    """All jobs of one slice. It runs in the event loop, and only while there are jobs."""

    def __init__(self, slice_name: str, place: str = "") -> None:
        self.slice_name = slice_name
        self.limits = Limits()
        self.accounts: dict[str, Account] = {}
        self.members = Members(slice_name, place)
        self.peak = 0
        self._sampled_at = 0.0
        self._suspected: set[tuple[str, str]] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to sample, unless it does already. Needs a running loop."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """End the sampling."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    @property
    def memory(self) -> int:
        """Bytes of all jobs together, as of the last sample."""
        return sum(account.memory for account in self.accounts.values())

    def refresh(self) -> None:
        """Take a sample unless there is a fresh one."""
        if time.monotonic() - self._sampled_at > FRESH:
            self.measure()

    def measure(self) -> None:
        """Take a sample of all jobs."""
        found = self.members.look()
        for account in self.accounts.values():
            account.measure(account.own(found))
        self.peak = max(self.peak, self.memory)
        self._sampled_at = time.monotonic()

    def use(self) -> Use:
        """Give what all jobs use now."""
        self.refresh()
        accounts = self.accounts.values()
        pids = (each.process.pid for account in accounts for each in account.processes)
        return Use(self.memory, self.peak, sum(each.tasks for each in accounts), tuple(pids))

    def levels(self) -> tuple[Level, ...]:
        """The slice alone; no kernel counts how often its limits were hit."""
        return (Level(self.slice_name, None),)

    def kill(self, account: Account) -> None:
        """Kill every process of a job, and what they fork while we are at it."""
        done: set[Process] = set()
        for _ in range(KILL_PASSES):
            account.processes = account.own(self.members.look())
            living = {each.process for each in account.processes} - done
            if not living and not self.members.missed:
                return
            for process in living:
                kill(process)
            done |= living

    async def _run(self) -> None:
        while self.accounts:
            seconds = FAST
            # Out of file descriptors or memory: the next sample may be luckier. A watchdog
            # that has died of an error would be worse than one that missed a sample.
            with contextlib.suppress(OSError, ValueError, IndexError, MemoryError):
                seconds = self._step()
            await asyncio.sleep(seconds)

    def _step(self) -> float:
        before, since = self.memory, self._sampled_at
        begin = time.monotonic()
        self.measure()
        states = [each.state(begin) for each in self.accounts.values() if each.processes]
        is_suspected = self._decide(victims(states, self.limits.memory_max))
        now = time.monotonic()
        growth = (self.memory - before) / max(now - since, 0.001)
        return FAST if is_suspected else pause(states, self.limits.memory_max, growth, now - begin)

    def _decide(self, found: list[Victim]) -> bool:
        """Kill those whose limit was exceeded in the sample before, too; else suspect them.

        For a moment a process that starts another one is there twice, with all its memory
        (fork and vfork, until the exec).
        """
        cause = {_cause(victim): victim for victim in found}
        confirmed = [victim for key, victim in cause.items() if key in self._suspected]
        self._suspected = set(cause)
        for victim in confirmed:
            self._execute(victim)
        for account in self.accounts.values():
            if account.killed is not None and account.processes:
                self.kill(account)
        return bool(cause)

    def _execute(self, victim: Victim) -> None:
        account = self.accounts[victim.name]
        account.killed, account.killed_at = victim, time.monotonic()
        self.kill(account)


def _cause(victim: Victim) -> tuple[str, str]:
    return victim.killed_for, victim.name if victim.killed_for == "job_memory_max" else ""
