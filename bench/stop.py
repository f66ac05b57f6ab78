"""``rocqshim stop`` with 20 jobs, each with children that ignore TERM: until all are gone."""

from __future__ import annotations

import json
import subprocess
import time

from measure import ROCQ_EXEC, ROCQSHIM, own_broker

# All at once, although nobody knows yet what they need.
SETTINGS = """\
jobs = "infinity"
cpu-quota = "infinity"
[[tool.rocqshim.files]]
match = "*"
expected-memory = "1M"
"""
COUNT = 20
JOB = "trap '' TERM; (trap '' TERM; sleep 300) & (trap '' TERM; sleep 300) & wait"


def main() -> None:
    """Print the seconds until every job was empty, as the broker saw it."""
    with own_broker(SETTINGS) as (project, environ):
        started = [
            subprocess.Popen(
                [ROCQ_EXEC, "sh", "-c", JOB], cwd=project, env=environ, stderr=subprocess.DEVNULL
            )
            for _ in range(COUNT)
        ]
        for _ in range(600):
            text = subprocess.run(
                [ROCQSHIM, "status", "--json"],
                cwd=project,
                env=environ,
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            projects = json.loads(text).get("projects", [])
            if projects and sum(len(job["pids"]) for job in projects[0]["jobs"]) >= 3 * COUNT:
                break
            time.sleep(0.5)
        done = subprocess.run(
            [ROCQSHIM, "stop"],
            cwd=project,
            env=environ,
            check=False,
            capture_output=True,
            text=True,
        )
        for process in started:
            process.wait(60)
    print("stop   ", done.stdout.strip() or done.stderr.strip())


if __name__ == "__main__":
    main()
