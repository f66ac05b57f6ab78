"""What ``rocqshim status`` and ``top`` are told of a project: plain data for JSON.

Bytes and seconds; null where nobody knows, or where there is no limit.
"""

from __future__ import annotations

import time
from typing import Any

from rocqshim.backend.activity import cpu_of
from rocqshim.broker.build import Build
from rocqshim.broker.knowledge import relative
from rocqshim.broker.progress import Progress, progress
from rocqshim.broker.project import Project
from rocqshim.broker.running import Job
from rocqshim.broker.samples import activity
from rocqshim.outcome import BAD

LISTED = 200  # waiting jobs, in the order of their arrival; all are counted


def described(project: Project) -> dict[str, Any]:
    """One project: its slice, what runs, what waits, what has ended, what is to come."""
    opened = project.slice
    build = project.builds.latest
    waiting = project.queue.waiting()
    return {
        "project": project.settings.project,
        "root": str(project.settings.root),
        "slice": project.name,
        "backend": opened.backend if opened else None,
        "limits": vars(opened.limits()) if opened else None,
        "unenforced": [str(entry) for entry in project.missing],
        "memory": opened.use().memory if opened else 0,
        "memory_peak": max(opened.peak() or 0, project.most) or None if opened else None,
        "tasks": opened.use().tasks if opened else 0,
        "reserved": project.queue.held,
        "cores": project.room.cores,
        **vars(activity(project)),
        "paused": project.queue.is_paused,
        "waiting": len(waiting),
        "jobs": [_job(job, project) for job in project.jobs.values()],
        "queue": [_waiting(ticket, project) for ticket in waiting[:LISTED]],
        "build": _build(build, project) if build else None,
    }


def _job(job: Job, project: Project) -> dict[str, Any]:
    use = job.place.use()
    predicted = project.queue.prediction(job.ticket)
    return {
        "job": job.name,
        "file": job.label,
        "kind": job.asked.kind,
        "pid": job.pid,
        "pids": list(use.pids),
        "state": _state(job),
        "seconds": round(job.ran, 1),
        "expected_seconds": predicted.seconds if predicted else None,
        "cpu": round(cpu_of(use.pids), 2),
        "memory": use.memory,
        "memory_peak": use.peak,
        "reservation": job.reservation,
        "predicted": predicted.peak if predicted else None,
        "predicted_by": predicted.source if predicted else None,
        "attempt": job.attempt,
    }


def _state(job: Job) -> str:
    if job.cancelled_by:
        return "cancelled"
    if job.stopped:
        return "stopped"
    return "running" if job.pid or job.place.use().pids else "starting"


def _waiting(ticket: int, project: Project) -> dict[str, Any]:
    queue = project.queue
    job, reason = queue.admission.jobs.get(ticket), queue.reason(ticket)
    file = job.subject.file if job else ""
    return {
        "file": relative(file, str(project.settings.root)),
        "kind": job.subject.kind if job else "",
        "attempt": job.attempt if job else 1,
        "seconds": round(time.monotonic() - queue.waits_since(ticket), 1),
        "expected_seconds": job.prediction.seconds if job else None,
        "predicted": job.prediction.peak if job else None,
        "reason": reason.word,
        "needs": reason.needs,
        "free": reason.free,
    }


def _build(build: Build, project: Project) -> dict[str, Any]:
    return {
        "build": build.name,
        "started": build.started,
        "seconds": round(time.time() - build.started, 1),
        "jobs": build.jobs,
        "memory_peak": build.peak,
        **{state: build.states()[state] for state in BAD},
        "repeated": len(build.repeated),
        **_far(build, project),
        "ended": list(build.ended),
    }


def _far(build: Build, project: Project) -> dict[str, Any]:
    foreseen = build.foreseen.now(build.done, lambda: _foresee(build, project))
    # Where nothing runs or waits make has gone, or will call the next one when it likes.
    left = foreseen.left if _tickets(build, project) else None
    return {"done": foreseen.done, "total": foreseen.total, "left": left}


def _tickets(build: Build, project: Project) -> list[int]:
    """Those of its jobs that wait or run."""
    return [ticket for ticket, each in project.builds.asking.items() if each is build]


def _foresee(build: Build, project: Project) -> Progress:
    admission = project.queue.admission
    found = [admission.jobs.get(ticket) for ticket in _tickets(build, project)]
    active = {job.subject.file: 0.0 for job in found if job and not job.interactive}
    for job in project.jobs.values():
        if job.build is build and job.facts and job.facts.subject.file in active:
            active[job.facts.subject.file] = job.ran
    return progress(build.done, active, build.lost, admission.known(), project.room.now())


def progressed(projects: list[Project], name: str) -> dict[str, Any]:
    """How far the build ``name`` is, over all its projects; null where nobody knows.

    Bytes are those of the slices, which may have another build's jobs as well.
    """
    found = [(project, build) for project in projects if (build := project.builds.find(name))]
    far = [_far(build, project) for project, build in found]
    limits = [each.slice.limits().memory_max if each.slice else None for each, _ in found]
    lefts = [each["left"] for each in far]
    return {
        "done": sum(each["done"] for each in far),
        "total": _sum([each["total"] for each in far]),
        "left": None if None in lefts else max(lefts, default=None),
        "running": sum(job.build is build for each, build in found for job in each.jobs.values()),
        "waiting": sum(_waits(build, each) for each, build in found),
        **{state: sum(build.states()[state] for _, build in found) for state in BAD},
        "memory": sum(each.slice.use().memory for each, _ in found if each.slice),
        "memory_max": _sum(limits),
        "paused": any(each.queue.is_paused for each, _ in found),
        "builds": len(found),
    }


def _waits(build: Build, project: Project) -> int:
    return sum(project.builds.asking.get(each) is build for each in project.queue.waiting())


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known and len(known) == len(parts) else None
