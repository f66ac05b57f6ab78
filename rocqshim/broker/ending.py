"""The end of a job: counters → verdict → clean-up of truncated output → message, history row."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, replace

from rocqshim import __version__
from rocqshim.admission.again import Again
from rocqshim.backend import BackendError, JobCounters
from rocqshim.broker.aside import TooSlow
from rocqshim.broker.project import Project
from rocqshim.broker.running import Job
from rocqshim.broker.samples import has_had, held_by
from rocqshim.history import JobRecord
from rocqshim.message import Story, describe
from rocqshim.outputs import remove_truncated
from rocqshim.settings.files import job_memory_max_for
from rocqshim.verdict import Ending, Verdict, decide

SEEN_FROM = 1.0  # seconds; a job that lasted less was hardly looked at while it ran
KILLED = ("signal", "oom-job", "oom-slice", "oom-host", "oomd", "timeout", "cancelled")

STOPPED = "was stopped (systemctl stop, or a logout)"


@dataclass(frozen=True)
class Ended:
    """A job whose compiler has ended. status: as from waitpid, None when its launcher is gone.

    used: user and system seconds as the launcher saw them, for backends that count none.
    maxrss: bytes of its largest process, for those that count no peak; 0: not known.
    unlogged: why its log of stderr could not be written, or "". signal: that by which it was
    asked to end, as the launcher saw it; 0: by none.
    """

    job: Job
    project: Project
    status: int | None
    used: tuple[float | None, float | None]
    maxrss: int = 0
    unlogged: str = ""
    signal: int = 0


@dataclass(frozen=True)
class Judged:
    """What came of it. had: bytes that it held at the most. story: for the line on stderr."""

    counters: JobCounters
    verdict: Verdict
    had: int
    story: Story

    def note(self, how: Again | None) -> str:
        """The line for stderr, or "". how: it runs again."""
        return describe(replace(self.story, again=how.reason if how else ""))


async def judge(ended: Ended) -> Judged:
    """Read the counters, decide, and after a kill remove what was left half-written."""
    job = ended.job
    if ended.status is None:
        await _until_empty(job)  # what it still writes would be there after the clean-up
    counters = _counted(ended)
    verdict = _decide(ended, counters)
    if verdict.word == "signal" and await _is_stopped(ended.project):
        job.cancelled_by = f"{ended.project.name} {STOPPED}"
        verdict = _decide(ended, counters)
    if verdict.word in KILLED:
        job.place.kill()
        job.others = ended.project.others(job)
        asked = job.asked
        if not asked.is_unlike:  # its launcher does it
            with contextlib.suppress(TooSlow):
                await ended.project.aside.do(
                    lambda: remove_truncated(
                        asked.cwd, asked.words, asked.file, asked.kind, job.started_ns
                    )
                )
    had = _had(job, counters)
    _count_memory(ended, counters, had)
    return Judged(counters, verdict, had, _story(ended, counters, verdict))


def _count_memory(ended: Ended, counters: JobCounters, had: int) -> None:
    """The slice had what this job had, at least; after a kill with what ran beside it then."""
    job = ended.job
    others = [other for other in ended.project.jobs.values() if other is not job]
    beside = held_by(others) if job.others[0] else []
    has_had(job.build, counters.memory_peak or 0)
    together = had + job.others[1]  # of two moments: a slice that the kernel counts had no more
    most = ended.project.slice.peak() if ended.project.slice and job.place.counts_peak else None
    held = [(job.label, had, job.attempt), *beside]
    has_had(job.build, min(together, most or together), held)
    ended.project.most = max(ended.project.most, job.build.peak)


def _counted(ended: Ended) -> JobCounters:
    """All counters; the peak is the larger of the kernel's figure and of what was seen."""
    job, counters = ended.job, ended.job.place.counters()
    by_kernel = counters.memory_peak or ended.maxrss or counters.memory_had or 0
    seen = max(counters.memory_seen, job.held)
    is_known = by_kernel > 0 or job.age >= SEEN_FROM
    return replace(counters, memory_peak=max(by_kernel, seen) or None if is_known else None)


def _had(job: Job, counters: JobCounters) -> int:
    """What it held at its peak, 0 where that is not known.

    Without page cache, which stays with the cgroup to its end.
    """
    if counters.memory_had or counters.memory_peak is None:
        return counters.memory_had or 0
    return max(job.held, counters.memory_peak - counters.cache)


def _decide(ended: Ended, counters: JobCounters) -> Verdict:
    job = ended.job
    return decide(
        Ending(
            status=ended.status,
            cancelled_by=job.cancelled_by,
            counters=counters,
            levels_before=job.levels,
            job_limited=job.limited,
            timed_out=job.timed_out,
            asked_to_end=bool(ended.signal),
        )
    )


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
    in_force = ended.project.settings  # another build's, where two have limits of their own
    return Story(
        file=job.label,
        verdict=verdict,
        status=ended.status,
        slice_name=ended.project.name,
        memory_max=in_force.memory_max,
        job_memory_max=job_memory_max_for(settings, job.label),
        had=counters.memory_had or counters.memory_peak,
        others=job.others,
        jobs_at_once=len(ended.project.jobs),
        cancelled_by=job.cancelled_by,
        backend=ended.project.slice.backend if ended.project.slice else "",
        user_memory_max=in_force.user_memory_max,
        attempt=job.attempt,
        lean=job.lean,
        job_time_max=job.time_max,
        ran=job.ran,
    )


def record_of(ended: Ended, judged: Judged) -> JobRecord:
    """Make the history's row of a finished job."""
    job, settings, counters = ended.job, ended.job.settings, judged.counters
    facts = job.facts
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
        wall=job.ran,
        user=counters.user if counters.user is not None else ended.used[0],
        system=counters.system if counters.system is not None else ended.used[1],
        memory_peak=counters.memory_peak,
        swap_peak=counters.swap_peak,
        verdict=judged.verdict.word,
        status=ended.status,
        memory_max=ended.project.settings.memory_max.value,
        job_memory_max=job_memory_max_for(settings, job.label).value,
        attempt=job.attempt,
        version=__version__,
        compiler_id=facts.subject.compiler if facts else None,
        source_size=facts.source.size if facts else None,
        source_digest=facts.source.digest if facts else None,
        loaded_size=facts.subject.loads if facts else None,
        loads=facts.loads_below(str(settings.root)) if facts else None,
        anon_peak=judged.had or None,
        oom=counters.oom,
        oom_kill=counters.oom_kill,
        oomd_kill=counters.oomd_kills,
        reservation=job.reservation or None,
        course=json.dumps(job.course),
        lean=int(job.lean),
        cwd=job.asked.cwd,
        command=json.dumps(job.asked.words),
        why_waited=job.why_waited,
        why_reserved=job.why_reserved or None,
    )
