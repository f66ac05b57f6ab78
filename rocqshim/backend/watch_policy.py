"""Who is killed when memory runs out, and when to look again: pure functions, plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# A sample takes 1.9 ms for 20 jobs of one process, 4.4 ms with two children each: 1 and 2 % of
# a core at the calm pace, 4 and 5 % close to a limit (measured on a slow virtual machine).
CALM = 0.2  # seconds between two samples
CLOSE = 0.05  # when 9/10 of a limit are used
FAST = 0.02  # when a limit will be reached before long, and between suspicion and kill
COST_SHARE = 20  # the time between two samples is at least this many times what one takes,
SLOWEST = 1.0  # but not more than this many seconds
PATIENCE = 5.0  # seconds in which a killed job must have given its memory back


@dataclass(frozen=True)
class JobState:
    """One job that has processes, as sampled. age: greater is older. Sizes in bytes.

    memory_max: its own limit, None for none. dying_for: seconds since we killed it, None if
    we have not. interactive: somebody sits before it.
    """

    name: str
    age: float
    memory: int
    memory_max: int | None = None
    dying_for: float | None = None
    interactive: bool = False


@dataclass(frozen=True)
class Victim:
    """A job to kill, the limit (``memory_max``, ``job_memory_max``) and what the job had."""

    name: str
    killed_for: str
    memory: int


def victims(jobs: Sequence[JobState], memory_max: int | None) -> list[Victim]:
    """Give the jobs to kill: those above their own limit, else at most one for the slice.

    While a killed job still holds memory nobody is killed for the slice: what it gives back
    may be enough.
    """
    alive = [job for job in jobs if job.dying_for is None]
    if over := [job for job in alive if _is_over(job)]:
        return [Victim(job.name, "job_memory_max", job.memory) for job in over]
    if memory_max is None or not alive or any(map(_is_awaited, jobs)):
        return []
    excess = sum(job.memory for job in jobs) - memory_max
    if excess <= 0:
        return []
    job = _least_loss(_not_spared(alive, memory_max), excess, memory_max)
    return [Victim(job.name, "memory_max", job.memory)]


def _is_over(job: JobState) -> bool:
    return job.memory_max is not None and job.memory > job.memory_max


def _is_awaited(job: JobState) -> bool:
    return job.dying_for is not None and job.dying_for < PATIENCE


def _not_spared(jobs: Sequence[JobState], memory_max: int) -> Sequence[JobState]:
    """Leave out what somebody sits before, unless it exceeds alone or nothing else is there."""
    spared = [job for job in jobs if job.interactive and job.memory <= memory_max]
    return [job for job in jobs if job not in spared] or jobs


def _least_loss(jobs: Sequence[JobState], excess: int, memory_max: int) -> JobState:
    """Choose the youngest job whose end helps; the oldest only if it exceeds alone.

    "Helps" is to give back the excess, and half of what jobs have on average: a job that has
    just started and has next to nothing would die for others, and the next a moment later.
    """
    oldest, *younger = sorted(jobs, key=lambda job: job.age, reverse=True)
    if oldest.memory > memory_max or not younger:
        return oldest
    substantial = sum(job.memory for job in jobs) / len(jobs) / 2
    for wanted in (max(excess, substantial), substantial):
        if enough := [job for job in younger if job.memory >= wanted]:
            return enough[-1]
    return younger[-1]


def pause(jobs: Sequence[JobState], memory_max: int | None, growth: float, cost: float) -> float:
    """Give the seconds until the next sample.

    growth: bytes per second of all jobs together, since the last sample. cost: seconds that
    the last sample took.
    """
    limits = [(job.memory, job.memory_max) for job in jobs]
    limits.append((sum(job.memory for job in jobs), memory_max))
    wanted = min(_pause(used, limit, growth) for used, limit in limits)
    return min(SLOWEST, max(wanted, cost * COST_SHARE))


def _pause(used: int, limit: int | None, growth: float) -> float:
    if limit is None:
        return CALM
    calm = CLOSE if used * 10 >= limit * 9 else CALM
    if growth <= 0:
        return calm
    return max(FAST, min(calm, (limit - used) / growth / 2))
