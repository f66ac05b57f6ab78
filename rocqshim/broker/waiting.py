"""Why a job waits, in one line for the terminal of who started it."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.admission.reason import Reason
from rocqshim.broker.project import Project
from rocqshim.message import printable
from rocqshim.settings.size import human_size

TELL_AFTER = 5.0  # seconds
NAMED = 3  # jobs
FOR_MEMORY = ("memory", "host", "exclusive")  # what a job that is stopped keeps


def why_it_waits(project: Project, ticket: int, file: str) -> str:
    """The line, without newline."""
    reason = project.queue.reason(ticket)
    going = [job for job in project.jobs.values() if not job.stopped]
    stopped = [job.label for job in project.jobs.values() if job.stopped]
    beside = [job.label for job in going if not job.asked.interactive]
    runs = f"; {_names(beside, 'runs', 'run')}" if beside else ""
    keeps, hint = "", "See: rocqshim top"
    if stopped and reason.word in FOR_MEMORY:
        keeps = f"; {_names(stopped, 'is', 'are')} stopped (Ctrl-Z), and with what was promised"
        hint = "Continue that (fg), or end it: rocqshim stop"
    return f"rocq-exec: {printable(file)} waits: {_why(reason, project)}{runs}{keeps}. {hint}"


def _why(reason: Reason, project: Project) -> str:
    jobs, cores = project.settings.jobs, project.room.cores
    needs = f"it needs {human_size(reason.needs)} of memory, and {human_size(reason.free)} are left"
    return {
        "memory": f"{needs} of memory-max",
        "host": f"{needs} on this machine",
        "cores": f"{'the only core is' if cores == 1 else f'all {cores} cores are'} busy",
        "jobs": f"not more than jobs = {jobs.text} ({jobs.origin}) run at once",
        "pressure": "those that run are short of memory or of tasks",
        "exclusive": "one file is to be compiled alone",
        "paused": "no job is started for the moment (p in rocqshim top)",
    }.get(reason.word, "others go first")


def _names(files: Sequence[str], one: str, several: str) -> str:
    named = [printable(file) for file in files[:NAMED]]
    more = [f"{len(files) - NAMED} more"] if len(files) > NAMED else []
    *first, last = [*named, *more]
    return f"{', '.join(first)} and {last} {several}" if first else f"{last} {one}"
