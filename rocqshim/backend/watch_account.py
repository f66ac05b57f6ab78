"""What the watchdog knows of one job: its processes, what they use, whether it was killed."""

from __future__ import annotations

from collections import Counter

from rocqshim.backend.process_memory import fair_memory_of, memory_of
from rocqshim.backend.processes import Facts
from rocqshim.backend.watch_members import Found
from rocqshim.backend.watch_policy import JobState, Victim

SHARED_FROM = 16 << 20  # bytes; below it, counting a page twice after a fork does not matter


class Account:
    """One job. started: clock ticks since boot, infinite while it has no child yet."""

    def __init__(self, name: str, memory_max: int | None, interactive: bool = False) -> None:
        self.name = name
        self.memory_max = memory_max
        self.interactive = interactive
        self.data_before: int | None = None  # RLIMIT_DATA of the caller; None: not known
        self.started = float("inf")
        self.processes: list[Facts] = []
        self.memory = 0
        self.peak: int | None = None
        self.killed: Victim | None = None
        self.killed_at = 0.0

    @property
    def tasks(self) -> int:
        """Threads, as pids.current counts them; one for a job that is about to start."""
        return sum(each.threads for each in self.processes) if self.started < float("inf") else 1

    def own(self, found: Found) -> list[Facts]:
        """Give its processes of all that were found by name.

        One that is older than our child is of a job with the same name under another broker.
        """
        return [each for each in found.get(self.name, []) if each.process.start >= self.started]

    def measure(self, processes: list[Facts]) -> None:
        """Take a sample of these processes of the job."""
        self.processes = processes
        images = Counter(each.image for each in processes)
        self.memory, peak = 0, 0
        for each in processes:
            now, highest = memory_of(each.process.pid)
            if each.image and images[each.image] > 1 and now > SHARED_FROM:
                fair = fair_memory_of(each.process.pid)
                now = highest = now if fair is None else min(now, fair)
            self.memory += now
            peak = max(peak, highest)
        if processes:
            self.peak = max(self.peak or 0, self.memory, peak)

    def state(self, now: float) -> JobState:
        """Give what the policy needs to know."""
        dying_for = None if self.killed is None else now - self.killed_at
        return JobState(
            self.name, -self.started, self.memory, self.memory_max, dying_for, self.interactive
        )
