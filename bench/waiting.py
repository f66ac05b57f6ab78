"""What a launcher takes while it waits: 50 of them behind one job, PSS of each."""

from __future__ import annotations

import statistics
import subprocess
import time
from pathlib import Path

from measure import ROCQ_EXEC, ROCQSHIM, own_broker

COUNT = 50


def main() -> None:
    """Print the median and the largest PSS in MB."""
    with own_broker("jobs = 1") as (project, environ):
        started = [
            subprocess.Popen(
                [ROCQ_EXEC, "sleep", "300"], cwd=project, env=environ, stderr=subprocess.DEVNULL
            )
            for _ in range(COUNT + 1)
        ]
        _until_waiting(project, environ)
        sizes = [_pss(process.pid) for process in started]
        subprocess.run(
            [ROCQSHIM, "stop"], cwd=project, env=environ, check=True, capture_output=True
        )
        for process in started:
            process.wait(60)
    print(
        f"waiting PSS {statistics.median(sizes):.1f} MB median, {max(sizes):.1f} MB largest "
        f"({COUNT} launchers)"
    )


def _until_waiting(project: Path, environ: dict[str, str]) -> None:
    for _ in range(600):
        status = subprocess.run(
            [ROCQSHIM, "status"],
            cwd=project,
            env=environ,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        if f"{COUNT} waiting" in status:
            return
        time.sleep(0.5)
    raise SystemExit("bench: the launchers did not come to wait in 300 s")


def _pss(pid: int) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return (
        next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024
    )


if __name__ == "__main__":
    main()
