"""``rocqshim stop`` with 20 jobs, each with children that ignore TERM: until all are gone."""

from __future__ import annotations

from typing import Any

from launchers import Launchers
from measure import amount, own_broker

# All at once, although nobody knows yet what they need.
SETTINGS = """\
jobs = "infinity"
cpu-quota = "infinity"
[[tool.rocqshim.files]]
match = "*"
expected-memory = "1M"
"""
COUNT = amount(20)
JOB = "trap '' TERM; (trap '' TERM; sleep 300) & (trap '' TERM; sleep 300) & wait"


def main() -> None:
    """Print the seconds until every job was empty, as the broker saw it."""
    with own_broker(SETTINGS) as (project, environ):
        launchers = Launchers(project, environ)
        launchers.start([["sh", "-c", JOB]] * COUNT)
        launchers.until(_all_run)
        print("stop   ", launchers.end())


def _all_run(status: dict[str, Any]) -> bool:
    jobs = [job for project in status["projects"] for job in project["jobs"]]
    return sum(len(job["pids"]) for job in jobs) >= 3 * COUNT


if __name__ == "__main__":
    main()
