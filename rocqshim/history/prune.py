"""What is dropped from the history, so that it stays of a bounded size."""

from __future__ import annotations

from rocqshim.history.database import Database

MOST = 256 * 2**20  # bytes of the file; some 500,000 jobs
SHARE = 0.2  # of the builds that go when it is larger, the oldest first
_DROP = ("DELETE FROM jobs WHERE build = ?", "DELETE FROM samples WHERE build = ?")
_HALVE = (
    "DELETE FROM samples WHERE rowid IN (SELECT row FROM (SELECT rowid AS row,"
    " row_number() OVER (ORDER BY time) AS number FROM samples WHERE build = ? AND root = ?)"
    " WHERE number % 2 = 0)"
)
_OLDEST = "SELECT build FROM jobs GROUP BY build ORDER BY max(started)"


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
    """Drop the oldest builds of a history that is larger than ``most`` bytes; gives how many."""
    if size_in_use(database) <= most:
        return 0
    builds = [str(row[0]) for row in database.rows(_OLDEST)]
    oldest = builds[: max(1, int(len(builds) * SHARE))]
    drop_builds(database, oldest)
    return len(oldest)
