"""The broker's side of one launcher: asked, queued, run, perhaps repeated, ended."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import Any

from rocqshim.admission.again import Again
from rocqshim.backend import BackendError
from rocqshim.backend.choose import Caller
from rocqshim.backend.processes import descends_from
from rocqshim.broker.aside import TOO_SLOW, TooSlow
from rocqshim.broker.attempt import Attempt, refusal
from rocqshim.broker.blocked import Wait, why_waited
from rocqshim.broker.build import Build
from rocqshim.broker.connection import Closed, Connection
from rocqshim.broker.knowledge import Facts, Look
from rocqshim.broker.log import LOG
from rocqshim.broker.project import Project
from rocqshim.broker.projects import Unlike, View
from rocqshim.broker.queue import Admitted, Released
from rocqshim.broker.repeating import environment
from rocqshim.broker.running import Asked, Job
from rocqshim.broker.state import Broker
from rocqshim.broker.waiting import TELL_AFTER, why_it_waits
from rocqshim.broker.workers import NAMES, Workers
from rocqshim.errors import UserError
from rocqshim.history.place import elsewhere
from rocqshim.limits import is_refused, summarise
from rocqshim.message import describe_waiting_cancelled
from rocqshim.origin import VARIABLE, Origin, origin_of
from rocqshim.settings.files import rule_for
from rocqshim.settings.model import Settings
from rocqshim.settings.sent import from_text

SIGN_OF_LIFE = 10.0  # seconds between two ``wait`` frames to a launcher that queues
STOP = "rocqshim stop"


class Refusal(Exception):
    """The job may not run; ``str()`` is the line for the user."""


class Inside(Exception):
    """The launcher runs inside a job, which would wait for it: it passes straight on."""


class Launcher:
    """One connection of a launcher, from its ``job`` (or ``adopt``) to its end."""

    def __init__(self, broker: Broker, connection: Connection, asked: Asked) -> None:
        self._broker = broker
        self._connection = connection
        self._asked = asked
        self._ticket = next(broker.tickets)
        self._project: Project
        self._settings: Settings  # of this call: another build of the project may have others
        self._stops = 0  # of the project, when this call came

    async def serve_job(self) -> None:
        """Serve one new job to its end."""
        try:
            settings = await self._read_settings()
            if settings.enforce.value == "off":
                self._connection.send("pass")
                return
            self._settings = settings
            self._project = self._broker.projects.project(settings)
            self._stops = self._project.stops
            await self._admit_and_run(settings)
        except UserError as error:
            self._refuse(f"{error.fact}\n  {error.hint}")
        except Refusal as error:
            self._refuse(str(error))
        except Released as why:
            self._cancelled(why)
        except Inside:
            self._connection.send("pass")
        except TooSlow:
            self._go_without_settings()

    async def serve_adopted(self) -> None:
        """Serve a job that ran already under a broker before this one."""
        try:
            job = await self._adopt()
        except (UserError, BackendError, Refusal, TooSlow):
            self._connection.send("gone")  # it runs on without us
            return
        self._connection.send("adopted")
        self._broker.count_from([job.name])
        try:
            await self._run_adopted(job)
        except Released as why:
            self._cancelled(why)
        finally:
            self._leave()

    async def _adopt(self) -> Job:
        projects = self._broker.projects
        settings = self._settings = await self._read_settings()
        asked = self._asked
        if not self._connection.is_parent_of(asked.pid):
            asked = replace(asked, pid=0)  # it has ended, or lives in another PID namespace
        self._project = projects.named(asked.place[0], settings)
        self._stops = self._project.stops
        await self._open_slice(settings)
        facts = await self._facts(settings)
        asked = replace(asked, source=self._asked.source)
        build = self._build()
        job = await self._project.adopt_job(self._broker.numbers, asked, build)
        job.ticket, job.facts, job.attempt = self._ticket, facts, asked.attempt
        job.timed = settings.timed.value
        self._project.builds.asking[self._ticket] = build
        self._project.queue.adopt(
            self._ticket, facts.subject, asked.attempt, self._is_exclusive(), asked.interactive
        )
        name = f"{self._project.name}/{asked.place[1]}"
        if name in self._broker.stopped:
            self._broker.stopped.remove(name)
            job.cancelled_by = STOP
        return job

    async def _read_settings(self) -> Settings:
        """The settings as the caller sees them. Raises UserError, TooSlow, Refusal, Closed."""
        asked, view = self._asked, View.of(self._connection.pid, self._asked.at)
        try:
            return await self._broker.projects.settings(asked.cwd, asked.environ, view)
        except Unlike:
            self._asked = replace(asked, is_unlike=True)
            return await self._ask_for_settings(view)

    async def _ask_for_settings(self, view: View) -> Settings:
        """Have the caller read them, if its files are not as it has sent them before."""
        asked, projects = self._asked, self._broker.projects
        known = projects.sent(asked.cwd, asked.environ, view)
        seen = "\n".join(map(str, known.seen)) if known else ""
        self._connection.send("look", [("seen", seen)])
        sent = dict((await self._connection.receive())[1]).get("settings")
        if sent is None and known:
            return known
        try:
            found = from_text(sent or "")
        except ValueError:
            raise Refusal("") from None  # the launcher has said why
        projects.keep_sent(asked.cwd, asked.environ, view, found)
        return found

    def _refuse(self, line: str) -> None:
        self._broker.count_apart(self._origin().name, "refused")
        note = f"rocq-exec: {line}" if line else ""
        self._connection.send("refuse", [("note", note), ("status", "125")])

    def _cancelled(self, why: Released) -> None:
        label = self._project.label(self._asked)
        self._build().cancel(label)
        note = describe_waiting_cancelled(label, str(why))
        self._connection.send("cancelled", [("note", note)])

    def _go_without_settings(self) -> None:
        """Nothing was read of its project, and a build goes on, unless it was said otherwise."""
        cwd, environ = self._asked.cwd, self._asked.environ
        if environ.get("ROCQSHIM_ENFORCE") == "require":
            self._refuse(f"refused by ROCQSHIM_ENFORCE=require: {cwd} {TOO_SLOW}.\n  See: ls -la")
            return
        self._broker.count_apart(self._origin().name, "unlimited")
        note = self._broker.projects.tell_once(f"no limits in this build: {cwd} {TOO_SLOW}")
        self._connection.send("pass", [("note", f"rocq-exec: {note}" if note else "")])

    def _caller(self) -> Caller:
        return Caller(self._asked.environ, self._connection.pid)

    async def _facts(self, settings: Settings) -> Facts:
        project, admission = self._project, self._project.queue.admission
        await project.recall(self._broker.history)
        try:
            look = await project.aside.do(lambda: self._look(settings))
        except TooSlow:
            look = Look()
            settings.rules[project.label(self._asked)] = None
        self._asked = replace(self._asked, source=look.path)
        label = project.label(self._asked)
        return project.knowledge.facts(look, self._asked, settings, label, admission)

    def _look(self, settings: Settings) -> Look:
        look = self._project.knowledge.look(self._asked)
        rule_for(settings, self._project.label(replace(self._asked, source=look.path)))
        return look

    def _origin(self) -> Origin:
        named = self._asked.environ.get(VARIABLE, "")
        return Origin(named) if named else origin_of(self._connection.pid)

    def _build(self) -> Build:
        build = self._project.builds.of(self._origin(), self._asked.interactive)
        if not build.is_recalled:
            rows = self._broker.history.jobs_of_build(build.name)
            build.recall(rows, str(self._project.settings.root))
        return build

    async def _admit_and_run(self, settings: Settings) -> None:
        project = self._project
        build = self._build()
        try:
            facts = await self._make_ready(settings)
            _check_required(project, settings)
            await self._run_admitted(build, facts)
        except BackendError as error:
            if settings.enforce.value == "require":
                raise Refusal(refusal(str(error), settings)) from None
            self._broker.count_apart(build.name, "unlimited")
            note = build.tell_once(f"no limits in this build: {error}. See: rocqshim doctor")
            if note:
                LOG.warning("%s: %s", project.name, note)
            self._connection.send("pass", [("note", f"rocq-exec: {note}" if note else "")])

    async def _make_ready(self, settings: Settings) -> Facts:
        """Raises BackendError, and Released where all was stopped meanwhile."""
        self._project.coming += 1
        try:
            await self._open_slice(settings)
            facts = await self._facts(settings)
        finally:
            self._project.coming -= 1
        if self._project.stops != self._stops:
            raise Released(STOP)
        return facts

    async def _open_slice(self, settings: Settings) -> None:
        """A slow manager makes us slow, not silent: for that we would be killed. BackendError."""
        ready = self._project.ready(settings, self._caller(), self._broker.chooser)
        opening = asyncio.ensure_future(ready)
        while not (await asyncio.wait({opening}, timeout=SIGN_OF_LIFE))[0]:
            self._connection.send("wait")
        opening.result()

    def _is_exclusive(self) -> bool:
        rule = rule_for(self._settings, self._project.label(self._asked))
        return bool(rule and rule.exclusive)

    async def _run_admitted(self, build: Build, facts: Facts) -> None:
        queue, asked = self._project.queue, self._asked
        self._project.builds.asking[self._ticket] = build
        try:
            admitted = queue.enter(
                self._ticket,
                facts.subject,
                self._is_exclusive(),
                asked.interactive,
                self._connection.pid,
            )
            queue.admission.jobs[self._ticket].attempt = self._asked.attempt
            job = await self._make(build, facts, await self._queue(admitted, build))
            await self._run(job, "go")
        finally:
            self._leave()

    def _leave(self) -> None:
        self._project.builds.asking.pop(self._ticket, None)
        self._project.queue.leave(self._ticket)

    async def _make(self, build: Build, facts: Facts, wait: Wait) -> Job:
        """The next attempt, once it is admitted."""
        queue = self._project.queue
        project, settings = self._project, self._settings
        job = await project.make_job(self._broker.numbers, self._asked, build, settings)
        if project.stops != self._stops:
            job.cancelled_by = STOP  # while its place was made
        job.timed = settings.timed.value
        known = queue.admission.jobs[self._ticket]
        job.ticket, job.attempt = self._ticket, known.attempt
        job.waited, job.why_waited = wait.seconds, wait.why
        job.lean, job.reservation = known.subject.lean, queue.reservation(self._ticket)
        job.why_reserved = known.prediction.reason
        job.facts = replace(facts, subject=known.subject)
        return job

    async def _run(self, job: Job, verb: str) -> None:
        """All attempts, the first begun by ``verb``. Raises Released, and Closed."""
        while await self._attempt(job, verb):
            job, verb = await self._make_again(job), "again"

    async def _attempt(self, job: Job, verb: str) -> Again | None:
        attempt = Attempt(self._broker, self._connection, self._project, job)
        workers = Workers(self._project.tokens, job.number)
        try:
            offered = await workers.open() if _may_have_workers(job) else ""
            lines = filter(None, [environment(job.lean), offered])
            await attempt.start(verb, self._note(job), "\n".join(lines))
            return await attempt.until_end()
        finally:
            await workers.close()

    def _note(self, job: Job) -> str:
        history = self._broker.history
        problem = history.problem or elsewhere(self._asked.environ, history.path)
        return self._project.note(job.build, problem)

    async def _make_again(self, before: Job) -> Job:
        wait = await self._queue(self._project.queue.wait_again(self._ticket), before.build)
        assert before.facts is not None
        return await self._make(before.build, before.facts, wait)

    async def _run_adopted(self, job: Job) -> None:
        attempt = Attempt(self._broker, self._connection, self._project, job)
        if await attempt.until_end():
            await self._run(await self._make_again(job), "again")

    async def _queue(self, admitted: Admitted, build: Build) -> Wait:
        """Wait for admission. Raises Released, and Closed if it gave up."""
        asked = time.monotonic()
        if admitted.done():
            admitted.result()
            return Wait()
        queue, blocked = self._project.queue, self._project.blocked
        before, first = dict(blocked.seconds), queue.reason(self._ticket).word
        self._refuse_inside()
        try:
            await self._wait_for(admitted, build)
            admitted.result()
        except Closed:
            build.cancel(self._project.label(self._asked))
            raise
        waited = time.monotonic() - asked
        return Wait(waited, why_waited(before, blocked.seconds, waited, first))

    def _refuse_inside(self) -> None:
        # ROCQSHIM_JOB tells a launcher so, but `env -i` and sudo take that away. Looked at only
        # where it would have to wait: else it is admitted anyway. Raises Inside.
        jobs = [job for project in self._broker.projects.all() for job in project.jobs.values()]
        if descends_from(self._connection.pid, {job.pid for job in jobs if job.pid}):
            raise Inside

    async def _wait_for(self, admitted: Admitted, build: Build) -> None:
        gone = asyncio.ensure_future(self._connection.receive())  # it has nothing to say: its end
        pause = TELL_AFTER if self._asked.terminal else SIGN_OF_LIFE
        try:
            while not admitted.done():
                both: set[asyncio.Future[Any]] = {admitted, gone}
                await asyncio.wait(both, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    raise Closed("the launcher gave up waiting")
                if admitted.done():
                    return
                note = self._why_it_waits(build)
                self._connection.send("wait", [("note", note)] if note else [])
                pause = SIGN_OF_LIFE
                self._project.queue.advance()  # tasks may have ended without a job's end
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError, Closed):
                await gone

    def _why_it_waits(self, build: Build) -> str:
        """Once a build, to a terminal."""
        is_stopped = self._project.queue.reason(self._ticket).word == "stopped"
        if not self._asked.terminal or is_stopped or not build.tell_once("why it waits"):
            return ""
        return why_it_waits(self._project, self._ticket, self._project.label(self._asked))


def _may_have_workers(job: Job) -> bool:
    """Only those are to depend on our answers; and not where the user has a manager of his own."""
    is_served = any(name in job.asked.environ for name in NAMES)
    is_parallel = job.facts is not None and job.facts.source.parallel
    return (is_parallel or "-async-proofs" in job.asked.words) and not is_served


def _check_required(project: Project, settings: Settings) -> None:
    refused = is_refused(project.missing, settings)
    if refused and settings.enforce.value == "require":
        raise Refusal(refusal(summarise(refused), settings))
