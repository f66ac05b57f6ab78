"""The end of a job: counters → verdict → clean-up of truncated output → message, history row."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from rocqshim import __version__
from rocqshim.backend import BackendError, JobCounters
from rocqshim.broker.project import Project
from rocqshim.broker.running import Job
from rocqshim.history import JobRecord
from rocqshim.message import Story, describe
from rocqshim.outputs import remove_truncated
from rocqshim.settings.files import job_memory_max_for
from rocqshim.verdict import Ending, Verdict, decide

KILLED = ("signal", "oom-job", "oom-slice", "oom-host", "oomd", "timeout", "cancelled")


@dataclass(frozen=True)
class Ended:
    """A job whose compiler has ended. status: as from waitpid, None when its launcher is gone.

    used: user and system seconds as the launcher saw them, for backends that count none.
    """

    job: Job
    project: Project
    status: int | None
    used: tuple[float | None, float | None]


@dataclass(frozen=True)
class Judged:
    """What came of it. note: the line for stderr, or ""."""

    counters: JobCounters
    verdict: Verdict
    note: str


async def judge(ended: Ended) -> Judged:
    """Read the counters, decide, and after a kill remove what was left half-written."""
    job = ended.job
    if ended.status is None:
        await _until_empty(job)  # what it still writes would be there after the clean-up
    counters = job.place.counters()
    verdict = _decide(ended, counters)
    if verdict.word == "signal" and await _is_stopped(ended.project):
        job.cancelled_by = f"{ended.project.name} was stopped (systemctl stop, or a logout)"
        verdict = _decide(ended, counters)
    if verdict.word in KILLED:
        job.place.kill()
        job.others = ended.project.others(job)
        asked = job.asked
        remove_truncated(asked.cwd, asked.words, asked.file, asked.kind, job.started_ns)
    note = describe(_story(ended, counters, verdict))
    job.build.peak = max(job.build.peak, counters.memory_peak or 0)
    job.build.count(job.label, verdict.word, note)
    return Judged(counters, verdict, note)


def _decide(ended: Ended, counters: JobCounters) -> Verdict:
    job = ended.job
    return decide(Ending(ended.status, job.cancelled_by, counters, job.levels, job.limited))


async def _is_stopped(project: Project) -> bool:
    try:
        return project.slice is not None and await project.slice.is_stopped()
    except BackendError:
        return False  # nobody knows


async def _until_empty(job: Job) -> None:
    for _ in range(200):
        if job.place.is_empty():
            return
        await asyncio.sleep(0.01)


def _story(ended: Ended, counters: JobCounters, verdict: Verdict) -> Story:
    job, settings = ended.job, ended.job.settings
    return Story(
        file=job.label,
        verdict=verdict,
        status=ended.status,
        slice_name=ended.project.name,
        memory_max=settings.memory_max,
        job_memory_max=job_memory_max_for(settings, job.label),
        had=counters.memory_had or counters.memory_peak,
        others=job.others,
        jobs_at_once=len(ended.project.jobs),
        cancelled_by=job.cancelled_by,
        backend=ended.project.slice.backend if ended.project.slice else "",
        user_memory_max=settings.user_memory_max,
    )


def record_of(ended: Ended, judged: Judged) -> JobRecord:
    """Make the history's row of a finished job."""
    job, settings, counters = ended.job, ended.job.settings, judged.counters
    return JobRecord(
        root=str(settings.root),
        project=settings.project,
        slice=ended.project.name,
        build=job.build.name,
        backend=ended.project.slice.backend if ended.project.slice else "",
        file=job.label,
        kind=job.asked.kind,
        compiler=job.asked.words[0] if job.asked.words else "",
        started=job.started,
        waited=job.waited,
        wall=time.time() - job.started,
        user=counters.user if counters.user is not None else ended.used[0],
        system=counters.system if counters.system is not None else ended.used[1],
        memory_peak=counters.memory_peak,
        swap_peak=counters.swap_peak,
        verdict=judged.verdict.word,
        status=ended.status,
        memory_max=settings.memory_max.value,
        job_memory_max=job_memory_max_for(settings, job.label).value,
        attempt=1,
        version=__version__,
    )
