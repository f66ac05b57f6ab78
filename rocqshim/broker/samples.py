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
    """The samples of one build. memory: the most that the slice had since the last one."""

    period: float = PERIOD
    count: int = 0
    at: float = 0.0
    memory: int = 0


def sample(project: Project, build: Build, history: History) -> None:
    """Look at a slice for one of its builds; recorded when it is time."""
    course, now = build.course, time.time()
    if project.slice is not None:
        memory = project.slice.use().memory
        course.memory, build.peak = max(course.memory, memory), max(build.peak, memory)
    if now - course.at < course.period:
        return
    history.record_sample(_sample(project, build, now))
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
