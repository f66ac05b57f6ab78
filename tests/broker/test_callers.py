"""One broker for callers that see the world in different ways; it keeps nothing of the first."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from launcher.installed import installed_for
from launcher.processes import eventually
from launcher.shim import UNLIMITED, Shim

from .places import AS_NOBODY, NOBODY, needs_root

JOB = ("sh", "-c", "echo out; exit 3")


@needs_root
@pytest.mark.skipif(not shutil.which("fakeroot"), reason="needs fakeroot")
def test_a_user_who_seems_to_be_root(shim: Shim, wheel: Path) -> None:
    """fakeroot preloads a getuid that says 0: the kernel says who asks, and who answers."""
    script = installed_for(NOBODY, shim, wheel)

    def job(*before: str) -> tuple[int, bytes, bytes]:
        command = [*AS_NOBODY, *before, str(script), *JOB]
        process = shim.popen(command, env={"ROCQSHIM_ENFORCE": "require"})
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    first = job("fakeroot")
    broker = shim.broker()
    second = job()

    assert first == second == (3, b"out\n", b"")
    assert broker and shim.broker() == broker


# What a broker would keep of its first caller ------------------------------------------------


def test_it_keeps_nothing_of_its_first_caller(shim: Shim) -> None:
    """One core, the lowest priority, somebody else's variables: later builds have none of it."""
    cores = os.sched_getaffinity(0)
    first = ("taskset", "-c", str(min(cores)), "nice", "-n", "5", "choom", "-n", "300", "--")
    env = {"LANG": "C", "PYTHONWARNINGS": "error", "MAKEFLAGS": "-j", "LD_BIND_NOW": "1"}

    done = shim.popen([*first, *shim.command(*JOB)], env=env)

    assert done.communicate(timeout=60) == (b"out\n", b"")
    broker = Path(f"/proc/{shim.broker()}")
    assert os.sched_getaffinity(shim.broker()) == cores
    assert int((broker / "oom_score_adj").read_text()) == 0
    kept = {entry.partition(b"=")[0] for entry in (broker / "environ").read_bytes().split(b"\0")}
    assert not kept & {name.encode() for name in env}


def test_a_caller_has_its_own_cores(shim: Shim) -> None:
    """A share of the cores is one of those that the caller may use."""
    config = shim.folder / "config/rocqshim/config.toml"
    config.write_text(UNLIMITED.replace('cpu-quota = "infinity"', 'cpu-quota = "100%"'))
    shim.run("true")

    pinned = ("taskset", "-c", str(min(os.sched_getaffinity(0))))
    done = shim.popen([*pinned, *shim.command("nproc")])

    assert done.communicate(timeout=60)[0] == b"1\n"


@pytest.mark.parametrize("later", ["better", "no better"])
def test_one_with_few_files_to_open(shim: Shim, later: str) -> None:
    """It gives way to a better one, or lets launchers come again: nobody goes unlimited."""
    few = ("prlimit", "--nofile=24:24")
    shim.settings('[[tool.rocqshim.files]]\nmatch = "*"\nexpected-memory = "1M"\n')
    assert shim.popen([*few, *shim.command("true")]).wait(timeout=60) == 0
    broker = shim.broker()

    before = () if later == "better" else few
    jobs = [
        shim.popen(
            [*before, *shim.command("sh", "-c", f"exit {number}")],
            env={"ROCQSHIM_ENFORCE": "require"},
        )
        for number in range(30)
    ]

    ends = [job.communicate(timeout=60) and job.returncode for job in jobs]
    assert ends == list(range(30))
    assert (shim.broker() == broker) == (later == "no better")
    eventually(lambda: len(shim.history()) == 31)


# What it cannot read ----------------------------------------------------------------------------


@pytest.fixture
def unseen(shim: Shim) -> Shim:
    """A broker that was started where ``work`` is empty."""
    if os.getuid() != 0:
        pytest.skip("needs root, to mount")
    script = f'mount -t tmpfs none {shim.work}; cd {shim.work}; exec "$@"'
    command = ["unshare", "--mount", "sh", "-c", script, "sh", *shim.command("true")]
    assert shim.popen(command).wait(timeout=60) == 0
    return shim


def test_settings_that_the_caller_alone_sees(unseen: Shim) -> None:
    """They are in force, and so is what changes in them; the caller is told what is wrong."""
    unseen.settings('job-memory-max = "123M"\n')
    assert unseen.run(*JOB).returncode == 3
    assert unseen.run(*JOB).returncode == 3
    unseen.settings('job-memory-max = "124M"\n')
    assert unseen.run(*JOB).returncode == 3
    eventually(lambda: len(unseen.history()) == 4)
    assert [job["job_memory_max"] for job in unseen.history()[1:]] == [
        123 << 20, 123 << 20, 124 << 20,
    ]  # fmt: skip

    path = unseen.settings('job-memory-max = "much"\n')
    done = unseen.run(*JOB)
    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(f"rocq-exec: {path}:2: ".encode())


def test_a_killed_job_leaves_no_half_of_a_file_there(unseen: Shim) -> None:
    unseen.program("coqc", "#!/bin/sh\nhead -c 20 /dev/zero > a.vo\nkill -KILL $$\n")
    (unseen.work / "a.v").touch()

    assert unseen.run("coqc", "a.v").returncode == -9

    assert not (unseen.work / "a.vo").exists()


@needs_root
def test_a_folder_of_a_group_that_the_broker_has_not(shim: Shim) -> None:
    """After `newgrp`, or a new login: under `prefer` that ends no build."""

    def job(groups: str) -> tuple[int, bytes, bytes]:
        powers = "--bounding-set=-dac_override,-dac_read_search"  # root may read everything
        process = shim.popen(["setpriv", groups, powers, *shim.command(*JOB)])
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    first = job("--clear-groups")
    broker = shim.broker()
    path = shim.settings('job-memory-max = "123M"\n')
    for each, mode in ((shim.work, 0o770), (path, 0o660)):
        os.chown(each, NOBODY, 5555)
        each.chmod(mode)
    second = job("--groups=5555")

    assert first == second == (3, b"out\n", b"")
    assert shim.broker() == broker
    eventually(lambda: len(shim.history()) == 2)
    assert [job["job_memory_max"] for job in shim.history()] == [None, 123 << 20]
