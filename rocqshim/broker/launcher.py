"""The broker's side of one launcher: asked, queued, placed, watched, ended, recorded."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Any

from rocqshim.admission import Ticket
from rocqshim.backend import BackendError
from rocqshim.backend.choose import Caller
from rocqshim.broker.build import Build
from rocqshim.broker.connection import Closed, Connection, number_of
from rocqshim.broker.ending import Ended, judge, record_of
from rocqshim.broker.project import Project
from rocqshim.broker.queue import Released
from rocqshim.broker.running import Asked, Job
from rocqshim.broker.state import Broker
from rocqshim.errors import UserError
from rocqshim.limits import is_refused, summarise
from rocqshim.message import describe_waiting_cancelled
from rocqshim.settings.files import rule_for
from rocqshim.settings.model import Settings

SIGN_OF_LIFE = 10.0  # seconds between two ``wait`` frames to a launcher that queues
GONE = "its launcher was killed"
STOP = "rocqshim stop"


class Refusal(Exception):
    """The job may not run; ``str()`` is the line for the user."""


class Launcher:
    """One connection of a launcher, from its ``job`` (or ``adopt``) to its end."""

    def __init__(self, broker: Broker, connection: Connection, asked: Asked) -> None:
        self._broker = broker
        self._connection = connection
        self._asked = asked
        self._project: Project

    async def serve_job(self) -> None:
        """Serve one new job to its end."""
        try:
            settings = self._broker.projects.settings(self._asked.cwd, self._asked.environ)
            if settings.enforce.value == "off":
                self._connection.send("pass")
                return
            self._project = self._broker.projects.project(settings)
            await self._admit_and_run(settings)
        except UserError as error:
            self._refuse(f"{error.fact}\n  {error.hint}")
        except Refusal as error:
            self._refuse(str(error))
        except Released as why:
            note = describe_waiting_cancelled(self._project.label(self._asked), str(why))
            self._connection.send("cancelled", [("note", note)])

    async def serve_adopted(self) -> None:
        """Serve a job that ran already under a broker before this one."""
        try:
            job = await self._adopt()
        except (UserError, BackendError):
            self._connection.send("gone")  # it runs on without us
            return
        self._connection.send("adopted")
        self._broker.count_from([job.name])
        await self._until_end(job)

    async def _adopt(self) -> Job:
        asked, projects = self._asked, self._broker.projects
        if not self._connection.is_parent_of(asked.pid):
            asked = replace(asked, pid=0)  # it has ended, or lives in another PID namespace
        settings = projects.settings(asked.cwd, asked.environ)
        self._project = projects.named(asked.place[0], settings)
        await self._project.ready(settings, self._caller(), self._broker.chooser)
        build = self._project.builds.of(asked.environ.get("ROCQSHIM_BUILD", ""))
        job = await self._project.adopt_job(self._broker.numbers, asked, build)
        if f"{self._project.name}/{asked.place[1]}" in self._broker.stopped:
            job.cancelled_by = STOP
        return job

    def _refuse(self, line: str) -> None:
        self._connection.send("refuse", [("note", f"rocq-exec: {line}"), ("status", "125")])

    def _caller(self) -> Caller:
        return Caller(self._asked.environ, self._connection.pid)

    async def _admit_and_run(self, settings: Settings) -> None:
        project = self._project
        build = project.builds.of(self._asked.environ.get("ROCQSHIM_BUILD", ""))
        try:
            await project.ready(settings, self._caller(), self._broker.chooser)
            _check_required(project, settings)
            await self._run_admitted(build, settings)
        except BackendError as error:
            if settings.enforce.value == "require":
                raise Refusal(_refusal(str(error), settings)) from None
            note = build.tell_once(f"no limits in this build: {error}. See: rocqshim doctor")
            self._connection.send("pass", [("note", f"rocq-exec: {note}" if note else "")])

    async def _run_admitted(self, build: Build, settings: Settings) -> None:
        ticket = self._ticket(settings)
        try:
            waited = await self._queue(ticket)
            job = await self._project.make_job(self._broker.numbers, self._asked, build)
            job.waited = waited
            await self._start(job)
        finally:
            self._project.queue.leave(ticket)

    def _ticket(self, settings: Settings) -> Ticket:
        rule = rule_for(settings, self._project.label(self._asked))
        expected = rule.expected_memory or 0 if rule else 0
        return Ticket(next(self._broker.tickets), expected, bool(rule and rule.exclusive))

    async def _queue(self, ticket: Ticket) -> float:
        """Wait for admission; gives the seconds. Raises Released, and Closed if it gave up.

        What somebody sits before never waits for a build, and takes no place from it.
        """
        if self._asked.interactive:
            return 0.0
        asked = time.monotonic()
        admitted = self._project.queue.enter(ticket)
        if not admitted.done():
            await self._wait_for(admitted)
        admitted.result()
        return time.monotonic() - asked

    async def _wait_for(self, admitted: asyncio.Future[None]) -> None:
        gone = asyncio.ensure_future(self._connection.receive())  # it has nothing to say: its end
        try:
            while not admitted.done():
                both: set[asyncio.Future[Any]] = {admitted, gone}
                await asyncio.wait(both, timeout=SIGN_OF_LIFE, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    raise Closed("the launcher gave up waiting")
                self._connection.send("wait")
                self._project.queue.advance()  # tasks may have ended without a job's end
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, Closed):
                await gone

    async def _start(self, job: Job) -> None:
        note = self._project.note(job.build)
        name = f"{self._project.name}/{job.name}@{self._broker.chooser.place}"
        self._connection.send("go", [("job", name), ("procs", job.place.procs), ("note", note)])
        try:
            _, fields = await self._connection.receive()
            named = dict(fields)
            pid = number_of(named.get("pid", ""))
            job.pid = pid if self._connection.is_parent_of(pid) else 0
            if not named.get("placed"):
                await self._attach(job)
            if job.pid:
                job.place.started(job.pid)
            if job.cancelled_by:
                job.place.kill()  # stopped while the child was still held
        except (Closed, BackendError):
            await self._forget(job)
            raise Closed("the job did not start") from None
        await self._until_end(job)

    async def _attach(self, job: Job) -> None:
        try:
            if not job.pid:
                raise BackendError("the launcher is in another PID namespace")
            await job.place.attach(job.pid)
        except BackendError as error:
            if self._project.settings.enforce.value == "require":
                note = _refusal(str(error), self._project.settings)
                self._connection.send("refuse", [("note", f"rocq-exec: {note}")])
                raise
            note = job.build.tell_once(
                f"compilers run without limits: {error}. See rocqshim doctor"
            )
            self._connection.send("placed", [("note", f"rocq-exec: {note}" if note else "")])
            return
        self._connection.send("placed")

    async def _forget(self, job: Job) -> None:
        self._project.jobs.pop(job.number, None)
        await job.place.close()

    async def _until_end(self, job: Job) -> None:
        self._broker.meter.start()
        status: int | None = None
        used: tuple[float | None, float | None] = None, None
        try:
            _, fields = await self._connection.receive()
            named = dict(fields)
            status = number_of(named["status"])
            used = float(named["user"]), float(named["sys"])
        except (Closed, ValueError, KeyError):
            job.cancelled_by = job.cancelled_by or GONE
            job.place.kill()
        ended = Ended(job, self._project, status, used)
        try:
            judged = await judge(ended)
            self._connection.send("done", [("note", judged.note)])
            self._project.jobs.pop(job.number, None)
            self._broker.history.record(record_of(ended, judged))
        finally:
            await self._forget(job)
        self._project.builds.touch()


def _check_required(project: Project, settings: Settings) -> None:
    refused = is_refused(project.missing, settings)
    if refused and settings.enforce.value == "require":
        raise Refusal(_refusal(summarise(refused), settings))


def _refusal(reason: str, settings: Settings) -> str:
    origin = settings.enforce.origin
    return f'refused by enforce = "require" ({origin}): {reason}. See: rocqshim doctor'
