"""What the two throw-away jobs have shown, and what is concluded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rocqshim.doctor.check import DEGRADED, FAILED, OK, Check
from rocqshim.doctor.proof.facts import Shown, judge

GOOD = Shown(
    backend="systemd",
    slice="rocq-x.slice",
    verdict="oom-slice",
    peak=96 << 20,
    status=137,
    shell_lives=True,
    job_group="/user.slice/rocq.slice/rocq-x.slice/jobs/job-1",
    shell_group="/user.slice/session-3.scope",
    used=21.0,
    cores=2,
    throttled=1.5,
    oom_kills=1,
)
WATCHED = replace(
    GOOD, backend="watchdog", peak=120 << 20, used=99.0, cores=1, throttled=None, oom_kills=None,
    job_group="", shell_group="",
)  # fmt: skip


def test_all_is_proven_by_the_kernels_counters() -> None:
    memory, cpu, make = judge(GOOD)

    assert (memory.status, cpu.status, make.status) == (OK, OK, OK)
    assert memory.found == (
        "a job that wanted 384M was killed at 96M of 96M; rocq-x.slice counts oom_kill 1"
    )
    assert cpu.found == (
        "2 processes with cpu-quota 20% had 21% of a core, and were held back for 1.5 s (cpu.stat)"
    )
    assert make.found == (
        "the shell in its place lived on, and saw status 137, in /user.slice/session-3.scope; "
        "the job was in rocq-x.slice"
    )


def test_the_watchdog_proves_less_and_says_so() -> None:
    memory, cpu, make = judge(WATCHED)

    assert (memory.status, cpu.status, make.status) == (DEGRADED, DEGRADED, OK)
    assert "killed at 120M of 96M" in memory.found and "samples" in memory.means
    assert cpu.found.endswith("and were kept to 1") and "whole cores" in cpu.means


@pytest.mark.parametrize(
    ("shown", "which", "status", "said"),
    [
        (Shown(said="refused"), 0, FAILED, "the job did not run as one: refused"),
        (Shown(), 1, FAILED, "the job did not end: nothing was said"),
        (Shown(), 2, FAILED, "is gone"),
        (
            replace(GOOD, verdict="success"),
            0,
            FAILED,
            "took 384M where memory-max is 96M, and was not",
        ),
        (replace(GOOD, oom_kills=0), 0, DEGRADED, "killed at"),
        (replace(GOOD, used=190.0), 1, FAILED, "had 190% of a core"),
        (replace(GOOD, throttled=None), 1, FAILED, "had 21% of a core"),
        (replace(WATCHED, cores=2), 1, FAILED, "had 99% of a core"),
        (replace(GOOD, shell_group="/rocq-x.slice/y"), 2, FAILED, "the shell was in /rocq-x"),
        (replace(GOOD, job_group="/elsewhere"), 2, FAILED, "the job in /elsewhere"),
    ],
)
def test_what_does_not_hold(shown: Shown, which: int, status: str, said: str) -> None:
    check = judge(shown)[which]

    assert check.status == status and said in check.found
    assert check.means and check.mend


def test_the_cure_is_that_of_the_cause() -> None:
    machine = [Check(name, DEGRADED, "", "", f"cure {name}") for name in ("cgroup v2", "backend")]

    assert [check.mend for check in judge(WATCHED, machine)] == ["cure cgroup v2"] * 2 + [""]
    assert judge(Shown(), machine)[2].mend == "cure backend"
