"""One attempt at a job: its child placed, watched until its end, judged, recorded."""

from __future__ import annotations

from rocqshim.admission.again import Again
from rocqshim.backend import BackendError
from rocqshim.broker.connection import Closed, Connection, Nonsense, number_of
from rocqshim.broker.ending import KILLED, Ended, Judged, judge, record_of
from rocqshim.broker.knowledge import BY_ITSELF
from rocqshim.broker.learning import learn
from rocqshim.broker.levels import as_text
from rocqshim.broker.log import LOG
from rocqshim.broker.project import Project
from rocqshim.broker.repeating import repeat
from rocqshim.broker.running import Job
from rocqshim.broker.samples import follow, last_look
from rocqshim.broker.state import Broker
from rocqshim.broker.stderr_logs import log_of, not_logged
from rocqshim.broker.told import told
from rocqshim.settings.model import Settings

GONE = "its launcher was killed"
NOT_UNDERSTOOD = "its launcher cannot be understood"


class Attempt:
    """What happens between ``go`` (or ``again``) and ``done`` (or ``queued``)."""

    def __init__(self, broker: Broker, connection: Connection, project: Project, job: Job) -> None:
        self._broker = broker
        self._connection = connection
        self._project = project
        self._job = job
        job.launcher = connection.pid

    async def start(self, verb: str, note: str, environ: str) -> None:
        """Tell the launcher to fork, and have the child placed. Raises Closed."""
        job, project = self._job, self._project
        name = f"{project.name}/{job.name}@{self._broker.chooser.place}"
        fields = [("job", name), ("procs", job.place.procs), ("note", note), ("env", environ)]
        fields.append(("levels", as_text(job.levels)))
        fields.append(("measure", "" if job.place.counts_peak else "1"))
        if path := log_of(job.asked, job.settings):
            fields.append(("stderr", path))
        self._connection.send(verb, fields)
        try:
            _, told = await self._connection.receive()
            named = dict(told)
            pid = number_of(named.get("pid", ""))
            job.pid = pid if self._connection.is_parent_of(pid) else 0
            if not named.get("placed"):
                await self._attach()
            if job.pid:
                job.place.started(job.pid)
                project.rescore()
            if job.cancelled_by:
                job.place.kill()  # stopped while the child was still held
        except (Closed, BackendError):
            await self._forget()
            raise Closed("the job did not start") from None
        except Exception:
            await self._forget()  # else it would count as running for ever
            raise

    async def _attach(self) -> None:
        job = self._job
        try:
            if not job.pid:
                raise BackendError("the launcher is in another PID namespace")
            await job.place.attach(job.pid)
        except BackendError as error:
            if self._project.settings.enforce.value == "require":
                self._broker.count_apart(job.build.name, "refused")
                note = refusal(str(error), self._project.settings)
                self._connection.send("refuse", [("note", f"rocq-exec: {note}")])
                raise
            note = job.build.tell_once(
                f"compilers run without limits: {error}. See rocqshim doctor"
            )
            self._connection.send("placed", [("note", f"rocq-exec: {note}" if note else "")])
            return
        self._connection.send("placed")

    async def until_end(self) -> Again | None:
        """Wait for the end, and say what comes of it: None when the job is over for good."""
        ended = await self._ended()
        try:
            judged = await judge(ended)
            how = await repeat(ended, judged)
            note = judged.note(how)
            if note:
                LOG.warning("%s: %s", self._project.name, note.removeprefix("rocq-exec: "))
            self._job.held = judged.had
            self._job.build.count(self._job, judged.verdict.word, ended.status, how is not None)
            lines = note if how else told(ended, judged, note, self._connection.pid)
            lines = "\n".join(filter(None, [not_logged(ended), lines]))
            is_unclean = self._job.asked.is_unlike and judged.verdict.word in KILLED
            since = str(self._job.started_ns) if is_unclean else ""
            self._connection.send("queued" if how else "done", [("note", lines), ("clean", since)])
            follow(self._project)
            self._project.jobs.pop(self._job.number, None)
            self._record(ended, judged, how)
        finally:
            await self._forget()
        self._project.builds.touch(self._job.build)
        return how

    async def _ended(self) -> Ended:
        job = self._job
        self._broker.meter.start()
        status: int | None = None
        used: tuple[float | None, float | None] = None, None
        maxrss, unlogged, signal = 0, "", 0
        try:
            verb, fields = await self._connection.receive()
            while verb == "alive":
                self._connection.send("wait")
                verb, fields = await self._connection.receive()
            named = dict(fields)
            status = number_of(named["status"])
            used = float(named["user"]), float(named["sys"])
            maxrss, unlogged = number_of(named.get("maxrss", "")), named.get("unlogged", "")
            signal = number_of(named.get("signal", ""))
        except Nonsense as why:
            LOG.warning("the launcher of %s does not speak our protocol: %s", job.label, why)
            job.cancelled_by = job.cancelled_by or NOT_UNDERSTOOD
            job.place.kill()
        except (Closed, ValueError, KeyError):
            job.cancelled_by = job.cancelled_by or GONE
            job.place.kill()
        return Ended(job, self._project, status, used, maxrss * 1024, unlogged, signal)

    def _record(self, ended: Ended, judged: Judged, how: Again | None) -> None:
        record = record_of(ended, judged)
        self._project.spent += (record.user or 0.0) + (record.system or 0.0)
        self._broker.history.record(record)
        last_look(self._project, self._job.build, self._broker.history)
        self._broker.tell_history()
        if how is None and judged.verdict.word in BY_ITSELF:
            learn(self._project, self._job, record)

    async def _forget(self) -> None:
        self._project.jobs.pop(self._job.number, None)
        await self._job.place.close()


def refusal(reason: str, settings: Settings) -> str:
    """Why ``enforce = "require"`` does not let it run."""
    origin = settings.enforce.origin
    return f'refused by enforce = "require" ({origin}): {reason}. See: rocqshim doctor'
