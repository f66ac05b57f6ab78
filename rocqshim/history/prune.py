"""What is dropped from the history, so that it stays of a bounded size."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim.history.database import Database, Statement
from rocqshim.history.schema import IS_BUILT

MOST = 256 * 2**20  # bytes of the file; some 500,000 jobs
SHARE = 0.2  # of the builds that go when it is larger, the oldest first
_TABLES = ("jobs", "samples")
_DROP = tuple(f"DELETE FROM {table} WHERE build = ?" for table in _TABLES)
_HALVE = (
    "DELETE FROM samples WHERE rowid IN (SELECT row FROM (SELECT rowid AS row,"
    " row_number() OVER (ORDER BY time) AS number FROM samples WHERE build = ? AND root = ?)"
    " WHERE number % 2 = 0)"
)
# In the order in which their last jobs were recorded. First those of which no job has ended: a
# broker that was killed may have left samples of them.
_ALL = (
    f"(SELECT root, build, started AS time, {IS_BUILT} AS built, rowid AS place FROM jobs"
    " UNION ALL SELECT root, build, time, 0, 0 FROM samples)"
)
_OLDEST = f"SELECT build FROM {_ALL} GROUP BY build ORDER BY max(place), max(time)"
_BUILDS = (
    f"SELECT root, build, max(time), max(built) FROM {_ALL}"
    " GROUP BY root, build ORDER BY max(place) DESC, max(time) DESC"
)
BuildOf = tuple[str, str]  # the project's root, the build's name


def drop_builds(database: Database, builds: list[str]) -> None:
    """Forget all jobs and samples of these builds."""
    for build in builds:
        for statement in _DROP:
            database.write(statement, (build,))


def halve_samples(database: Database, build: str, root: str) -> None:
    """Drop every second sample of one build of the project ``root``."""
    database.write(_HALVE, (build, root))


def size_in_use(database: Database) -> int:
    """Bytes of the file that hold something; what was dropped is used again before it grows."""
    found = [
        database.rows(f"PRAGMA {name}") for name in ("page_count", "freelist_count", "page_size")
    ]
    pages, free, size = (int(rows[0][0]) if rows else 0 for rows in found)
    return (pages - free) * size


def bound(database: Database, most: int = MOST) -> int:
    """Drop the oldest builds of a history that is larger than ``most`` bytes; gives how many.

    One step: the broker does it at each pause, so what is still too much goes then.
    """
    if size_in_use(database) <= most:
        return 0
    builds = [str(row[0]) for row in database.rows(_OLDEST)]
    oldest = builds[: max(1, int(len(builds) * SHARE))]
    drop_builds(database, oldest)
    return len(oldest)


def chosen(
    database: Database, root: str | None, keep: int = 0, before: float | None = None
) -> list[BuildOf]:
    """The builds to forget: of each project all but the last ``keep``.

    root: of one project only. before: only those of which nothing is newer than this Unix time.
    What ``rocqshim blame`` repeated and what sat in an editor is no build: it goes with the builds
    around it.
    """
    newer: dict[str, int] = {}
    found: list[BuildOf] = []
    for where, build, newest, built in database.rows(_BUILDS):
        is_old = before is None or newest < before
        if root in (None, where) and newer.get(where, 0) >= keep and is_old:
            found.append((where, build))
        newer[where] = newer.get(where, 0) + built
    return found


def count(database: Database, root: str | None) -> int:
    """How many builds there are, of all projects or of that in the folder ``root``."""
    return sum(built for where, *_, built in database.rows(_BUILDS) if root in (None, where))


def forget(builds: Sequence[BuildOf]) -> list[Statement]:
    """What deletes these builds."""
    return [
        (f"DELETE FROM {table} WHERE root = ? AND build = ?", (root, build))
        for root, build in builds
        for table in _TABLES
    ]
