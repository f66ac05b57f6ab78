"""What a slice has spent, read from files in the kernel's formats, and from real processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rocqshim.backend.activity import TICKS, Activity, activity_in, cpu_of, machine_cpu


def test_a_cgroup(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1000000\n")
    (tmp_path / "io.stat").write_text(
        "254:0 rbytes=100 wbytes=7 rios=1 wios=1 dbytes=0 dios=0\n8:0 rbytes=20 wbytes=0\n"
    )
    (tmp_path / "memory.pressure").write_text(
        "some avg10=12.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=3.00 avg60=0.00\n"
    )

    assert activity_in(str(tmp_path)) == Activity(1.5, 120, 7, 12.5, None)
    assert activity_in("/nowhere") == Activity()


def test_a_process_and_its_children_that_have_ended() -> None:
    # More than is asked for: the kernel counts hundredths, and rounds user and system time down.
    burn = "import time\nwhile time.process_time() < 0.4: pass"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        until = time.monotonic() + 20
        while cpu_of([process.pid]) < 0.3 and time.monotonic() < until:
            time.sleep(0.05)
        seen = cpu_of([process.pid])
        process.communicate(b"\n")

    assert 0.3 <= seen < 5.0
    assert cpu_of([os.getpid()]) > 0
    assert cpu_of([2**22 + 1]) == 0.0


STAT = """cpu  10 0 10 500 7 0 3 20 5 0
cpu0 100 10 20 5000 300 1 2 30 40 0
cpu1 200 0 0 100 0 0 0 0 0 0
cpu10 7 0 0 100 0 0 0 0 0 0
intr 1 2
"""


def test_what_cores_have_worked_for_anybody(tmp_path: Path) -> None:
    """Not idle, not waiting for disks; what a hypervisor took is work for others."""
    stat = tmp_path / "stat"
    stat.write_text(STAT)

    assert machine_cpu([0], str(stat)) == 163 / TICKS
    assert machine_cpu([0, 1, 99], str(stat)) == 363 / TICKS
    assert machine_cpu([99], str(stat)) is None
    assert machine_cpu([0], str(tmp_path / "none")) is None
