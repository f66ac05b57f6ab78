"""What ``rocqshim`` asks of the broker: status, stop, kill, pause, how far a build is, its summary.

One request a connection; the reply is one ``reply`` frame whose field ``json`` is an object with
a ``version``. See docs/design.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from typing import Any

from rocqshim import __version__
from rocqshim.backend.choose import Caller
from rocqshim.broker.aside import TOO_SLOW, TooSlow
from rocqshim.broker.build import Build
from rocqshim.broker.connection import Connection, Fields, environ_of, seconds_of
from rocqshim.broker.log import is_journal, log_path
from rocqshim.broker.overview import described, progressed
from rocqshim.broker.project import Project
from rocqshim.broker.projects import View
from rocqshim.broker.state import Broker
from rocqshim.broker.unclaimed import Killable, unclaimed
from rocqshim.errors import UserError

FORMAT = 1
AGAIN = 20  # looks, 5 ms apart, after which what is left is killed again
SETTLED_WITHIN = 1.0  # seconds for jobs whose build has ended; one in the background runs on
EMPTY_WITHIN = 1.0  # seconds in which every job cgroup must be empty after ``stop``


async def answer(broker: Broker, connection: Connection, verb: str, fields: Fields) -> None:
    """Answer one request of ``rocqshim``. Raises UserError where the settings are broken."""
    named = dict(fields)
    projects = broker.projects.all()
    if not named.get("all"):
        projects = await _projects_here(broker, connection, verb, fields)
    elsewhere = sum(len(each.jobs) for each in broker.projects.all() if each not in projects)
    if verb == "status":
        answer = {"projects": list(map(described, projects)), "elsewhere": elsewhere}
        reply(connection, {"broker": _broker(broker), **answer})
    elif verb == "stop":
        done = await _stop(broker, projects, bool(named.get("all")))
        reply(connection, {**done, "elsewhere": elsewhere})
    elif verb == "summary":
        await _settled(projects, named.get("build", ""))
        reply(connection, _summary(broker, projects, named.get("build", "")))
    elif verb == "progress":
        reply(connection, progressed(projects, named.get("build", "")))
    elif verb == "kill":
        reply(connection, {"killed": _kill(projects, named.get("job", ""))})
    elif verb == "pause":
        chosen = [each for each in projects if named.get("slice", each.name) == each.name]
        for project in chosen:
            project.queue.pause(seconds_of(named.get("seconds", "")))
        reply(connection, {"paused": [project.name for project in chosen]})


async def _projects_here(
    broker: Broker, connection: Connection, verb: str, fields: Fields
) -> list[Project]:
    """The project of the caller's folder. Raises UserError where its settings are broken."""
    named, environ = dict(fields), environ_of(fields)
    cwd = named.get("cwd", "/")
    try:
        view = View.of(connection.pid)
        settings = await broker.projects.settings(cwd, environ, view)
    except (UserError, TooSlow) as error:
        running = broker.projects.around(cwd) if verb == "stop" else []
        if not running and isinstance(error, TooSlow):
            raise UserError(f"{cwd} {TOO_SLOW}.", "See: ls -la") from None
        if not running:
            raise
        return running  # somebody in need is not asked to mend his settings first
    project = broker.projects.project(settings)
    # Not where jobs run: the limits are theirs, and the asker may have others in his environment.
    may_open = verb == "status" and named.get("open") and not project.jobs
    if may_open and settings.enforce.value != "off":
        await project.ready(settings, Caller(environ, connection.pid), broker.chooser)
    return [project]


def reply(connection: Connection, answer: dict[str, Any]) -> None:
    """Send a reply."""
    connection.send("reply", [("json", json.dumps({"version": FORMAT, **answer}))])


def _broker(broker: Broker) -> dict[str, Any]:
    up = time.monotonic() - broker.since
    # Two answers make a rate: the time of the question is not that of the look.
    found = {"pid": os.getpid(), "version": __version__, "seconds": round(up, 1)}
    log = None if is_journal(os.environ) else log_path(os.environ)  # null: the journal
    return {**found, "now": time.time(), "log": log}


def _kill(projects: list[Project], name: str) -> list[str]:
    """Kill one running job, ``SLICE/JOB``; gives its file, or nothing where there is none."""
    found = [
        job
        for project in projects
        for job in project.jobs.values()
        if f"{project.name}/{job.name}" == name
    ]
    for job in found:
        job.cancel("rocqshim top")
    return [job.label for job in found]


async def _stop(broker: Broker, projects: list[Project], everything: bool) -> dict[str, Any]:
    began, again = time.monotonic(), 0
    places: list[Killable] = [job.place for each in projects for job in each.jobs.values()]
    released = [project.stop("rocqshim stop")[1] for project in projects]
    places += await unclaimed(broker, None if everything else {each.name for each in projects})
    while (left := _awaited(projects, places)) and time.monotonic() - began < EMPTY_WITHIN:
        await asyncio.sleep(0.005)
        again = again % AGAIN + 1
        for place in left if again == AGAIN else ():
            place.kill()
    seconds = time.monotonic() - began
    left = [place for place in places if not place.is_empty()]
    return {
        "killed": len(places),
        "released": sum(released),
        "left": len(left),
        "left_pids": [pid for place in left for pid in place.use().pids],
        "seconds": round(seconds, 3),
    }


def _awaited(projects: list[Project], places: list[Killable]) -> list[Killable]:
    """What is not empty yet. A child that was still held when the others were killed (it has no
    pid yet) may be placed at any moment."""
    jobs = (job for project in projects for job in project.jobs.values() if job.cancelled_by)
    held = {id(job.place) for job in jobs if not job.pid}
    return [place for place in places if id(place) in held or not place.is_empty()]


async def _settled(projects: list[Project], name: str) -> None:
    """Let the jobs of a build that has ended be judged: dune does not wait for whom it kills."""
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until and any(
        job.build.name == name for project in projects for job in project.jobs.values()
    ):
        await asyncio.sleep(0.01)


def _summary(broker: Broker, projects: list[Project], name: str) -> dict[str, Any]:
    """One build: its jobs counted over all its projects, and a line for each slice."""
    found = [(project, project.builds.find(name)) for project in projects]
    built = [(project, build) for project, build in found if build is not None]
    built = built or _forgotten(broker, projects, name)
    apart = broker.apart(name)
    return {
        "jobs": sum(build.jobs for _, build in built),
        "refused": apart["refused"],
        "unlimited": apart["unlimited"],
        "bad": [entry for _, build in built for entry in build.bad],
        "repeated": [entry for _, build in built for entry in build.repeated],
        "slices": [_slice(project, build) for project, build in built],
    }


def _forgotten(broker: Broker, projects: list[Project], name: str) -> list[tuple[Project, Build]]:
    """What is recorded of a build since whose last job there were many others."""
    rows = broker.history.jobs_of_build(name)
    built = [(project, Build(name)) for project in projects if rows]
    for project, build in built:
        build.recall(rows, str(project.settings.root))
    return [(project, build) for project, build in built if build.ended]


def _slice(project: Project, build: Build) -> dict[str, Any]:
    return {
        "slice": project.name,
        "backend": project.slice.backend if project.slice else None,
        "jobs": build.jobs,
        "memory_peak": build.peak,
        "memory_max": project.settings.memory_max.value,
        "unenforced": [str(entry) for entry in project.missing],
    }
