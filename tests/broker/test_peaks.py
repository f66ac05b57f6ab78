"""What a job had at the most, where no cgroup counts it; and what all of a build had."""

from __future__ import annotations

import sqlite3
import sys

import pytest
from launcher.processes import eventually
from launcher.shim import Shim

MIB = 1 << 20
PYTHON = (sys.executable, "-I", "-S", "-c")
EATS = "held = bytearray(b'x') * (60 << 20)"  # and ends at once, in less than 0.1 s
HOLDS = f"{EATS}; print('held', flush=True); input()"
# A large build tool, whose memory the launcher shares until its exec (vfork).
LARGE = (*PYTHON, """\
import subprocess, sys
held = bytearray(b'x') * (200 << 20)
sys.exit(subprocess.call(sys.argv[1:]))
""")  # fmt: skip
EVER_MORE = "held = [bytearray(b'x') * (1 << 20) for _ in range(4000)]"


@pytest.mark.parametrize("words", [(*PYTHON, EATS), ("sh", "-c", '"$@"; :', "sh", *PYTHON, EATS)])
@pytest.mark.parametrize("before", [(), LARGE], ids=["small", "large"])
def test_a_job_that_is_gone_before_anybody_looks(
    shim: Shim, before: tuple[str, ...], words: tuple[str, ...]
) -> None:
    for _ in range(3):
        assert shim.popen([*before, *shim.command(*words)]).wait(timeout=60) == 0

    for row in eventually(lambda: shim.history() if len(shim.history()) == 3 else []):
        assert 60 * MIB <= row["memory_peak"] < 90 * MIB
        assert row["anon_peak"] == row["memory_peak"]
    assert shim.projects()[0]["memory_peak"] >= 60 * MIB


def test_what_is_not_known_is_not_said(shim: Shim) -> None:
    """Before its exec it was a copy of the launcher, which had more than `true` has."""
    assert shim.run("true").returncode == 0

    (row,) = eventually(shim.history)
    assert (row["memory_peak"], row["anon_peak"]) == (None, None)


def test_a_build_had_what_its_jobs_had_together_when_one_was_killed(shim: Shim) -> None:
    shim.settings('memory-max = "150M"\nretries = 0\n')
    first = shim.start(*PYTHON, HOLDS, stdin=-1)
    assert first.stdout and first.stdout.readline() == b"held\n"
    assert shim.run(*PYTHON, EVER_MORE).returncode == -9

    (build,) = [project["build"] for project in shim.projects()]
    (row,) = eventually(shim.history)
    first.communicate(b"\n", timeout=60)

    assert build["memory_peak"] >= 150 * MIB
    assert build["memory_peak"] >= row["anon_peak"] + 60 * MIB
    with sqlite3.connect(shim.folder / "state/rocqshim/history.sqlite3") as history:
        assert history.execute("SELECT max(memory) FROM samples").fetchone()[0] >= 150 * MIB
    history.close()
