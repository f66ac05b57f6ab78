"""A sample of a slice each second while a build runs, for the history; fewer of a long build."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rocqshim.backend.activity import Activity, activity_in, cpu_of
from rocqshim.history import History, Sample

if TYPE_CHECKING:
    from rocqshim.broker.build import Build
    from rocqshim.broker.project import Project

PERIOD = 1.0  # seconds between two samples of a build, at first
MOST = 1200  # samples of one build; then every second one goes, and the period doubles


@dataclass
class Course:
    """The samples of one build.

    memory: the most that the slice had since the last one; most: in all of them.
    """

    period: float = PERIOD
    count: int = 0
    at: float = 0.0
    memory: int = 0
    most: int = 0


def follow(project: Project) -> None:
    """See whether the slice has had more than ever, while the builds of its jobs ran."""
    peak = (project.slice.peak() if project.slice else None) or 0
    if peak > project.peak:
        project.peak = peak
        for build in project.running_builds:
            _has_had(build, peak)


def _has_had(build: Build, memory: int) -> None:
    build.course.memory = max(build.course.memory, memory)
    build.peak = max(build.peak, memory)


def sample(project: Project, build: Build, history: History) -> None:
    """Look at a slice for one of its builds; recorded when it is time."""
    if project.slice is not None:
        _has_had(build, project.slice.use().memory)
    if time.time() - build.course.at >= build.course.period:
        _record(project, build, history)


def last_look(project: Project, build: Build, history: History) -> None:
    """At the end of a job: sampled out of turn if that shows more memory than all samples."""
    if project.slice and build.course.memory > build.course.most:
        _record(project, build, history)


def _record(project: Project, build: Build, history: History) -> None:
    course, now = build.course, time.time()
    history.record_sample(_sample(project, build, now))
    course.most = max(course.most, course.memory)
    course.at, course.count, course.memory = now, course.count + 1, 0
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
        jobs=json.dumps([[job.label, job.now, job.attempt] for job in project.jobs.values()]),
    )
