"""A sample of a slice each second while a build runs, for the history; fewer of a long build."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rocqshim.backend.activity import Activity, activity_in, cpu_of, machine_cpu
from rocqshim.history import History, Sample

if TYPE_CHECKING:
    from rocqshim.broker.build import Build
    from rocqshim.broker.project import Project
    from rocqshim.broker.running import Job

Held = list[tuple[str, int, int]]  # file, bytes, attempt: of each job
PERIOD = 1.0  # seconds between two samples of a build, at first
MOST = 1200  # samples of one build; then every second one goes, and the period doubles


@dataclass
class Course:
    """The samples of one build. most: bytes, the largest peak in all of them.

    Since the last one, peak: the most that the slice had, by whatever counts it; memory: at the
    look that showed most, held: what each job had at that moment.
    """

    period: float = PERIOD
    count: int = 0
    at: float = 0.0
    most: int = 0
    peak: int = 0
    memory: int = 0
    held: Held = field(default_factory=list)


def follow(project: Project) -> None:
    """See whether the slice has had more than ever, while the builds of its jobs ran."""
    peak = (project.slice.peak() if project.slice else None) or 0
    if peak > project.peak:
        project.peak = peak
        for build in project.running_builds:
            has_had(build, peak)


def has_had(build: Build, memory: int, held: Held | None = None) -> None:
    """Count that the slice had so many bytes while a build ran: all that is told of it is of this.

    held: what the jobs had of them, where both were seen at one moment.
    """
    course = build.course
    build.peak, course.peak = max(build.peak, memory), max(course.peak, memory)
    if held is not None and memory >= course.memory:
        course.memory, course.held = memory, held


def held_by(jobs: Iterable[Job]) -> Held:
    """What each job had when it was last looked at."""
    return [(job.label, job.now, job.attempt) for job in jobs]


def sample(project: Project, build: Build, memory: int, history: History) -> None:
    """Note what a slice and its jobs had at this look; recorded when it is time."""
    has_had(build, memory, held_by(project.jobs.values()))
    if time.time() - build.course.at >= build.course.period:
        _record(project, build, history)


def last_look(project: Project, build: Build, history: History) -> None:
    """At the end of a job: sampled out of turn if that shows more memory than all samples."""
    if project.slice and build.course.peak > build.course.most:
        _record(project, build, history)


def _record(project: Project, build: Build, history: History) -> None:
    course, now = build.course, time.time()
    history.record_sample(_sample(project, build, now))
    course.most = max(course.most, course.peak)
    course.at, course.count = now, course.count + 1
    course.peak, course.memory, course.held = 0, 0, []
    if course.count >= MOST:
        history.halve_samples(build.name, str(project.settings.root))
        course.count, course.period = course.count // 2, course.period * 2


def activity(project: Project) -> Activity:
    """What the slice has spent, by its cgroup or by the processes of its jobs."""
    folders = project.slice.folders() if project.slice else []
    if folders:
        return activity_in(folders[0])
    return Activity(
        project.spent + sum(cpu_of(job.place.use().pids) for job in project.jobs.values())
    )


def _sample(project: Project, build: Build, now: float) -> Sample:
    assert project.slice is not None
    limits, spent, use = project.slice.limits(), activity(project), project.slice.use()
    return Sample(
        build=build.name,
        root=str(project.settings.root),
        time=now,
        memory=build.course.memory,
        memory_max=limits.memory_max,
        reserved=project.queue.held,
        cpu=spent.cpu,
        read=spent.read,
        written=spent.written,
        cores=project.room.cores,
        cpu_quota=limits.cpu_quota,
        tasks=use.tasks,
        memory_pressure=spent.memory_pressure,
        cpu_pressure=spent.cpu_pressure,
        running=len(project.jobs),
        waiting=len(project.queue.waiting()),
        blocked=project.queue.blocked_by(),
        jobs=json.dumps(build.course.held),
        peak=build.course.peak,
        machine_cpu=machine_cpu(os.sched_getaffinity(0)),
    )
