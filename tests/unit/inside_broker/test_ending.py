"""The history's row of a job that has ended."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from rocqshim.backend import JobCounters, JobPlace
from rocqshim.broker.build import Build
from rocqshim.broker.ending import Ended, Judged, record_of
from rocqshim.broker.project import Project
from rocqshim.broker.running import Asked, Job
from rocqshim.message import Story
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve
from rocqshim.verdict import Verdict


def test_a_clock_that_was_set_back(tmp_path: Path) -> None:
    settings = resolve(tmp_path, {}, this_machine())
    asked = Asked(str(tmp_path), "vo", "a.v", ("coqc", "a.v"), {})
    job = Job(1, asked, settings, "a.v", Build("b"), cast("JobPlace", None), (), False)
    judged = Judged(JobCounters(), Verdict("success"), 0, cast("Story", None))

    job.began(job.started + 3600)

    row = record_of(Ended(job, Project("rocq-x.slice", settings), 0, (None, None)), judged)
    assert row.file == "a.v"
    assert 0.0 <= row.wall < 60.0
