"""What a launcher takes while it waits: 50 of them behind one job, PSS of each."""

from __future__ import annotations

import statistics
from typing import Any

from launchers import Launchers, kilobytes
from measure import amount, own_broker

COUNT = amount(50)


def main() -> None:
    """Print the median and the largest PSS in MB."""
    with own_broker("jobs = 1") as (project, environ):
        launchers = Launchers(project, environ)
        launchers.start([["sleep", "300"]] * (COUNT + 1))
        launchers.until(_all_wait)
        started = launchers.started
        sizes = [kilobytes(each.pid, "smaps_rollup", "Pss") / 1024 for each in started]
        launchers.end()
    print(
        f"waiting PSS {statistics.median(sizes):.1f} MB median, {max(sizes):.1f} MB largest "
        f"({COUNT} launchers)"
    )


def _all_wait(status: dict[str, Any]) -> bool:
    return bool(sum(project["waiting"] for project in status["projects"]) >= COUNT)


if __name__ == "__main__":
    main()
