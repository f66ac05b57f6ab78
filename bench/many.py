"""500 launchers at the same moment: none lost, each with its own exit status; the broker's RSS."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path

from measure import ROCQ_EXEC, ROCQSHIM, own_broker

COUNT = 500


def main() -> None:
    """Print how many ended as they should, and the broker's largest RSS in MB."""
    with own_broker('jobs = "infinity"') as (project, environ):
        begin = time.perf_counter()
        started = [
            subprocess.Popen(
                [ROCQ_EXEC, "sh", "-c", f"exit {number % 100}"],
                cwd=project,
                env=environ,
                stderr=subprocess.DEVNULL,
            )
            for number in range(COUNT)
        ]
        timer = threading.Timer(300, lambda: [process.kill() for process in started])
        timer.start()
        right = sum(process.wait() == number % 100 for number, process in enumerate(started))
        timer.cancel()
        spent = time.perf_counter() - begin
        rss = _broker_rss(project, environ)
    print(
        f"many    {right} of {COUNT} with their own exit status in {spent:.1f} s, "
        f"broker at most {rss:.0f} MB"
    )


def _broker_rss(project: Path, environ: dict[str, str]) -> float:
    status = subprocess.run(
        [ROCQSHIM, "status", "--json"],
        cwd=project,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pid = json.loads(status)["broker"]["pid"]
    text = Path(f"/proc/{pid}/status").read_text()
    return (
        next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")) / 1024
    )


if __name__ == "__main__":
    main()
