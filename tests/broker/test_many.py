"""Five hundred launchers at once: every one ends as its own job did, and the broker stays small."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

LAUNCHERS = 500
LARGEST = 60  # MB, of the broker


def memory(pid: int) -> float:
    """The most that it ever had, in MB."""
    found = re.search(
        r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(errors="replace"), re.M
    )
    assert found
    return int(found[1]) / 1000


@pytest.mark.slow
def test_all_of_500_end_as_themselves(shim: Shim) -> None:
    shim.settings("jobs = 16\n")
    processes = [
        shim.start("sh", "-c", f"exit {number % 251}", stderr=subprocess.PIPE)
        for number in range(LAUNCHERS)
    ]

    ended = []
    for process in processes:
        out, err = process.communicate(timeout=300)
        ended.append((process.returncode, out, err))

    assert ended == [(number % 251, b"", b"") for number in range(LAUNCHERS)]
    assert memory(shim.broker()) < LARGEST
    assert eventually(lambda: len(shim.history()) == LAUNCHERS)
