"""``rocqshim report`` of a made-up build of 5,000 jobs: its table, its page, its trace."""

from __future__ import annotations

import json
import time
from pathlib import Path

from measure import ROCQSHIM, amount, own_broker, seconds

from rocqshim.history import History, JobRecord, Sample, default_path

JOBS, SAMPLES, WIDTH = amount(5_000), 1_100, 16
M = 2**20


def job(root: str, number: int, began: float) -> JobRecord:
    """One of WIDTH that run at once; each needs one of the row before."""
    row, seconds_each = number // WIDTH, 2.0 + number % 7
    loads = [f"theories/F{number - WIDTH}.v"] if row else []
    return JobRecord(
        root=root, project="p", slice="rocq-p.slice", build="bench", backend="systemd",
        file=f"theories/F{number}.v", kind="vo", compiler="coqc", started=began + 8.0 * row,
        waited=number % 3, wall=seconds_each, user=seconds_each, system=0.1,
        memory_peak=(200 + number % 900) * M, swap_peak=0, verdict="success", status=0,
        memory_max=16_384 * M, job_memory_max=None, attempt=1, version="bench",
        source_size=1000, loads=json.dumps(loads), anon_peak=(200 + number % 900) * M,
        why_waited='{"memory": 1.0}',
    )  # fmt: skip


def sample(root: str, number: int, began: float) -> Sample:
    """What WIDTH jobs hold at one moment."""
    at = 8.0 * JOBS / WIDTH * number / SAMPLES
    first = int(at / 8.0) * WIDTH
    held = [[f"theories/F{n}.v", (200 + n % 900) * M, 1] for n in range(first, first + WIDTH)]
    return Sample(
        build="bench", root=root, time=began + at, memory=12_000 * M, memory_max=16_384 * M,
        reserved=14_000 * M, cpu=at * 12, read=0, written=0, cores=16, cpu_quota=1600, tasks=40,
        memory_pressure=1.0, cpu_pressure=5.0, running=WIDTH, waiting=4, blocked="memory",
        jobs=json.dumps(held),
    )  # fmt: skip


def main() -> None:
    """Print seconds and sizes."""
    with own_broker() as (project, environ):
        history, began = History.open(default_path(environ)), time.time() - 9_000
        history.database.write("BEGIN", ())
        for number in range(JOBS):
            history.record(job(str(project), number, began))
        for number in range(SAMPLES):
            history.record_sample(sample(str(project), number, began))
        history.database.write("COMMIT", ())
        history.close()
        table = seconds([ROCQSHIM, "report"], environ, str(project))
        files = ["--html", "page.html", "--trace", "trace.json"]
        both = seconds([ROCQSHIM, "report", *files], environ, str(project))
        page, trace = (Path(project / name).stat().st_size / M for name in files[1::2])
    print(
        f"report  {JOBS} jobs: table {table:.1f} s, page and trace {both:.1f} s, "
        f"page {page:.1f} MB, trace {trace:.1f} MB"
    )


if __name__ == "__main__":
    main()
