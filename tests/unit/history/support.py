"""A job, and how the tests open a history."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import replace

from rocqshim.history import FILE, STEPS, History, JobRecord

JOB = JobRecord(
    root="/home/u/proj",
    project="proj",
    slice="rocq-proj.slice",
    build="1700000000-4711",
    backend="systemd",
    file="theories/Big.v",
    kind="vo",
    compiler="/usr/bin/coqc",
    started=1700000000.25,
    waited=0.5,
    wall=12.75,
    user=11.5,
    system=0.25,
    memory_peak=4 * 2**30,
    swap_peak=0,
    verdict="success",
    status=0,
    memory_max=6 * 2**30,
    job_memory_max=None,
    attempt=1,
    version="0.1.0",
    compiler_id="/usr/bin/coqc 20183648 1700000000",
    source_size=1234,
    source_digest="9f86d081884c7d65",
    loaded_size=5 * 2**20,
    loads='["theories/Base.v"]',
    anon_peak=3 * 2**30,
    oom=0,
    oom_kill=0,
    oomd_kill=0,
    reservation=4 * 2**30,
    course="[1048576, 2097152]",
    lean=0,
    cwd="/home/u/proj",
    command='["coqc", "-Q", "theories", "P", "theories/Big.v"]',
    why_waited='{"memory": 0.5}',
)


BUILD = JOB.build


def opened(path: str) -> History:
    """A history without a problem."""
    history = History.open(path)
    assert history.problem is None
    return history


def aside(path: str) -> list[str]:
    folder = os.path.dirname(path)
    return sorted(name for name in os.listdir(folder) if name.startswith(f"{FILE}.corrupt-"))


def first_version(path: str, *files: str) -> None:
    """A history as the first schema's rocqshim left it."""
    os.makedirs(os.path.dirname(path))
    with sqlite3.connect(path) as db:
        db.executescript(STEPS[0])
        names = [row[1] for row in db.execute("PRAGMA table_info(jobs)")]
        for file in files:
            row = [getattr(replace(JOB, file=file), name) for name in names]
            db.execute(f"INSERT INTO jobs VALUES ({', '.join('?' * len(row))})", row)
        db.execute("PRAGMA user_version = 1")
    db.close()


ADDED = dict.fromkeys(
    "compiler_id source_size source_digest loaded_size loads anon_peak oom oom_kill oomd_kill "
    "reservation course lean cwd command why_waited".split()
)
