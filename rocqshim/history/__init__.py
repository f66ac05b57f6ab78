"""The history: one row for each finished attempt of a job and each sample of a build, in SQLite.

It never stands in a build's way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from dataclasses import astuple, dataclass, fields

from rocqshim.history.counts import COUNTED, Counts
from rocqshim.history.database import Database, Statement
from rocqshim.history.place import FILE, default_path
from rocqshim.history.prune import drop_builds, halve_samples
from rocqshim.history.reader import Reader
from rocqshim.history.record import JobRecord
from rocqshim.history.sample import Sample
from rocqshim.history.schema import BLAME, IS_BUILT, STEPS
from rocqshim.history.whole import whole

__all__ = [
    "ALL",
    "BLAME",
    "FILE",
    "STEPS",
    "BuildRow",
    "History",
    "JobRecord",
    "Sample",
    "default_path",
]

_JOB = tuple(field.name for field in fields(JobRecord))
_SAMPLE = tuple(field.name for field in fields(Sample))


def _insert(table: str, names: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


_SELECT = f"SELECT {', '.join(_JOB)} FROM jobs"
_SAMPLES = f"SELECT {', '.join(_SAMPLE)} FROM samples WHERE build = ? AND root = ? ORDER BY time"
# What is last was written last: a clock is set back now and then.
_BUILDS = (
    f"SELECT build, min(started), max(started + wall), {COUNTED} "
    f"FROM jobs WHERE root = ? AND {IS_BUILT} "
    "GROUP BY build HAVING max(started) >= ? ORDER BY max(rowid) DESC LIMIT ?"
)
# The last that was begun; looked at while it ran, but no job of it has ended.
_JOBLESS = (
    "SELECT build FROM (SELECT build, root FROM samples "
    f"WHERE root = ? AND build NOT LIKE '{BLAME}%' "
    "GROUP BY build ORDER BY min(rowid) DESC LIMIT 1) AS last WHERE NOT EXISTS "
    "(SELECT 1 FROM jobs WHERE jobs.build = last.build AND jobs.root = last.root)"
)
ALL = -1  # a limit that is none


@dataclass(frozen=True)
class BuildRow:
    """One build of a project. started, ended: Unix time."""

    build: str
    started: float
    ended: float
    counts: Counts


class History:
    """The history at ``path``. Nothing here raises; ``problem`` says what went wrong.

    running: gives the builds of which there is more to come. What is known of them outlives a
    removed file.
    """

    def __init__(self, path: str, kind: type[Database] = Database) -> None:
        self.database = kind(path)
        self.database.kept = self._of_running
        self.running: Callable[[], Collection[str]] = tuple
        self._latest = ""  # the build of which something was recorded last

    @classmethod
    def open(cls, path: str) -> History:
        """Open or begin the history at ``path``; a damaged one is set aside first."""
        history = cls(path)
        history.database.open()
        return history

    @classmethod
    def to_read(cls, path: str) -> History:
        """The history at ``path`` for who writes nothing, and need not be able to."""
        history = cls(path, Reader)
        history.database.open()
        return history

    @property
    def path(self) -> str:
        """Where it lies."""
        return self.database.path

    @property
    def problem(self) -> str | None:
        """What is wrong, or was and cannot be mended: a sentence and a hint."""
        return self.database.problem

    def record(self, job: JobRecord) -> None:
        """Add one job."""
        self._latest = job.build
        self.database.write(_insert("jobs", _JOB), astuple(job))

    def record_sample(self, sample: Sample) -> None:
        """Add one look at a build."""
        self.database.write(_insert("samples", _SAMPLE), astuple(sample))

    def _of_running(self, db: sqlite3.Connection) -> list[Statement]:
        found: list[Statement] = []
        for build in {*self.running(), self._latest}:
            for table, names in (("jobs", _JOB), ("samples", _SAMPLE)):
                rows = db.execute(
                    f"SELECT {', '.join(names)} FROM {table} WHERE build = ?", [build]
                )
                found += [(_insert(table, names), row) for row in rows]
        return found

    def halve_samples(self, build: str, root: str) -> None:
        """Drop every second sample of a build, which has become a long one."""
        halve_samples(self.database, build, root)

    def drop_builds(self, builds: list[str]) -> None:
        """Forget these builds, with all their jobs and samples."""
        drop_builds(self.database, builds)

    def jobs_of_build(self, build: str) -> list[JobRecord]:
        """Read the jobs of one build, in the order in which they ended."""
        return self._jobs("WHERE build = ? ORDER BY rowid", build)

    def samples_of_build(self, build: str, root: str) -> list[Sample]:
        """Read the samples of one build of the project ``root``, in order of time."""
        return whole(Sample, self.database.rows(_SAMPLES, build, root))

    def attempts_at(
        self, root: str, file: str, limit: int = ALL, since: float = 0.0
    ) -> list[JobRecord]:
        """Read the last ``limit`` attempts at one file, of every kind, newest first.

        since: Unix time; older ones are left out.
        """
        # +: the few rows of a file are sorted, instead of all of the project gone through.
        where = "WHERE root = ? AND file = ? AND +started >= ? ORDER BY +rowid DESC LIMIT ?"
        return self._jobs(where, root, file, since, limit)

    def files(self, root: str) -> list[str]:
        """List the files of the project ``root`` of which there is any attempt, by name."""
        found = self.database.rows("SELECT DISTINCT file FROM jobs WHERE root = ?", root)
        return sorted(str(row[0]) for row in found)

    def jobs_of_project(self, root: str, limit: int) -> list[JobRecord]:
        """Read the last ``limit`` attempts in the project ``root``, newest first."""
        return self._jobs("WHERE root = ? ORDER BY rowid DESC LIMIT ?", root, limit)

    def builds(self, root: str, limit: int, since: float = 0.0) -> list[BuildRow]:
        """List the last ``limit`` builds of the project ``root``, newest first.

        since: Unix time; a build of which no job began after it is left out, any other is counted
        whole. What ``rocqshim blame`` has repeated is no build, and what sits in an editor is no
        job of one.
        """
        found = self.database.rows(_BUILDS, root, since, limit)
        return [
            BuildRow(name, began, ended, Counts.of_attempts(*counted))
            for name, began, ended, *counted in found
        ]

    def jobless_build(self, root: str) -> str | None:
        """Name the build that was begun last, if no job of it has ended."""
        found = self.database.rows(_JOBLESS, root)
        return str(found[0][0]) if found else None

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        self.database.close()

    def _jobs(self, where: str, *values: object) -> list[JobRecord]:
        return whole(JobRecord, self.database.rows(f"{_SELECT} {where}", *values))
