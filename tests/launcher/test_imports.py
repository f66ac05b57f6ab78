"""What the launcher imports is a budget: a common module costs half a compiler call's start.

The list is of modules, not of milliseconds: it is exact and never flaky.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from .behaviours import PLACED, closing, fake, frame
from .shim import START, Shim

# What `python -IS` itself has loaded, whatever it runs.
INTERPRETER = frozenset(
    subprocess.run(
        [sys.executable, "-IS", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
)
PROBE = frozenset(
    "rocqshim rocqshim.launch rocqshim.launch.main rocqshim.launch.call rocqshim.launch.child "
    "rocqshim.launch.program rocqshim.launch.search rocqshim.launch.system".split()
)
JOB = PROBE | frozenset(
    "_socket rocqshim.launch.job rocqshim.launch.contact rocqshim.launch.wire "
    "rocqshim.launch.place".split()
)
# Only for a job that starts the broker, and for one without a program.
OS = {"os", "stat", "_stat", "posixpath", "genericpath", "_collections_abc"}
START_OF_BROKER = (
    JOB
    | OS
    | {"select", "zlib"}
    | {f"rocqshim.launch.{name}" for name in ("silent", "spare", "start")}
)
DEATH_BY_SIGNAL = JOB | {"resource"}
# Where no cgroup counts, the peak is asked of the kernel, while the compiler runs.
WATCHED = JOB | {"resource"}
START_OF_BROKER |= WATCHED


def imported(shim: Shim, *words: str, **options: object) -> frozenset[str]:
    """The modules that a call imports, from -X importtime, which prints each to stderr."""
    command = [sys.executable, "-X", "importtime", "-IS", START, *words]
    _, stderr = shim.popen(command, **options).communicate(timeout=60)
    lines = [line for line in stderr.decode().splitlines() if line.startswith("import time:")]
    names = {line.rpartition("|")[2].strip() for line in lines} - {"imported package"}
    assert names, stderr
    return frozenset(names) - INTERPRETER


@pytest.fixture
def compiler(shim: Shim) -> Shim:
    shim.program("coqc", "#!/bin/sh\nexit 0\n")
    (shim.work / "a.v").touch()
    return shim


def test_a_probe(compiler: Shim) -> None:
    assert imported(compiler, "coqc", "--print-version") <= PROBE


def test_a_job(compiler: Shim) -> None:
    assert imported(compiler, "coqc", "a.v") <= START_OF_BROKER

    assert imported(compiler, "coqc", "a.v") <= WATCHED
    more = OS | {"rocqshim.launch.settled", "rocqshim.folders"}
    assert imported(compiler, "a.v") <= WATCHED | more


def test_a_job_that_is_killed(warm: Shim) -> None:
    assert imported(warm, "sh", "-c", "kill -TERM $$") <= DEATH_BY_SIGNAL


def test_the_list_is_no_longer_than_it_must_be(compiler: Shim) -> None:
    imported(compiler, "coqc", "a.v")

    assert imported(compiler, "coqc", "--print-version") | INTERPRETER == PROBE | INTERPRETER
    assert imported(compiler, "coqc", "a.v") | INTERPRETER == WATCHED | INTERPRETER


@pytest.mark.parametrize(("measure", "listed"), [("", JOB), ("1", WATCHED)])
def test_the_peak_is_asked_for_only_where_no_cgroup_counts_it(
    world: Shim, measure: str, listed: frozenset[str]
) -> None:
    go = frame(f"go\0job=s/job-1\0procs=\0measure={measure}".encode())
    with fake(world, closing(go, PLACED, frame(b"done\0note="), frames=3)):
        assert imported(world, "true") | INTERPRETER == listed | INTERPRETER
