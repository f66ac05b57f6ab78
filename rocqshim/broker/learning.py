"""What admission learns from a job that has ended by itself."""

from __future__ import annotations

from rocqshim.broker.knowledge import peak_of
from rocqshim.broker.project import Project
from rocqshim.broker.running import Job
from rocqshim.history import JobRecord
from rocqshim.prediction.model import Record


def learn(project: Project, job: Job, row: JobRecord) -> None:
    """Tell the slice's queue, in which the job counts as running until then."""
    if job.facts is None:
        return
    complete = row.verdict in ("success", "exit-code")
    record = Record(job.facts.subject, peak_of(row), row.wall, complete, tuple(job.course))
    project.queue.learn(job.ticket, record)
    project.knowledge.built(job.facts)
