"""The broker's log under systemd: the journal, read by ``rocqshim logs``."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator

import pytest

from .conftest import NewProject
from .guest import good, run, sudo, until
from .project import Project

JOURNAL = "/var/log/journal"
ON_DISK = "/etc/systemd/journald.conf.d/zz-on-disk.conf"  # after the tests' own
SETTINGS = 'memory-max = "300M"\nio-weight = 50'


@pytest.fixture(scope="module", autouse=True)
def journal() -> Iterator[None]:
    """On disk, and so split by user: in memory only, it is not for an ordinary user to read."""
    keep_on_disk()
    yield
    keep_in_memory()


def keep_on_disk() -> None:
    sudo("sh", "-c", f"printf '[Journal]\\nStorage=persistent\\n' >{ON_DISK}")
    sudo("systemctl", "restart", "systemd-journald")
    sudo("journalctl", "--flush")


def keep_in_memory() -> None:
    """As the virtual machine has it."""
    sudo("rm", "-f", ON_DISK)
    sudo("systemctl", "restart", "systemd-journald")
    sudo("rm", "-rf", JOURNAL)  # before, it would have been made again


def logged(project: Project, *words: str) -> list[str]:
    """What the broker wrote of what ``rocqshim logs`` prints; systemd's own lines are there too."""
    done = project.shim("logs", *words)
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 2)[2] for line in done.stdout.splitlines()]
    return [line for line in lines if line.startswith("rocqshim[")]


def broker(project: Project) -> int:
    return int(json.loads(project.shim("status", "--json").stdout)["broker"]["pid"])


@pytest.fixture
def built(new_project: NewProject) -> tuple[Project, float]:
    """A build by a new broker, in which one file ran out of memory; and when it began."""
    project = new_project(SETTINGS, {"a": "", "big": "hold(400)", "c": ""})
    project.shim("stop", "--broker")
    began = time.time()
    assert project.make("-k").returncode == 2
    return project, began


def test_what_is_in_the_journal(built: tuple[Project, float]) -> None:
    project, began = built
    pid = broker(project)
    lines = until(lambda: look(project, began, "out of memory"), "the kill is logged", 30)

    assert all(line.startswith(f"rocqshim[{pid}]: ") for line in lines), lines
    said = [line.partition("]: ")[2] for line in lines]
    assert re.fullmatch(rf"version \S+ started: pid {pid}, socket /run/user/\S+\.sock", said[0])
    (opened,) = (line for line in said if "opened" in line)
    assert opened.startswith(f"{project.slice}: opened (systemd): memory-max 300M, "), opened
    assert "io-weight is not enforced: the user manager has no io controller" in opened
    kills = [line for line in said if line.startswith(f"{project.slice}: big.v: killed, out of")]
    assert len(kills) == 1
    assert not [line for line in said if "a.v" in line or "ready" in line]


def look(project: Project, began: float, wanted: str) -> list[str]:
    lines = logged(project, "--since", f"@{began:.0f}")
    return lines if any(wanted in line for line in lines) else []


def test_the_end_and_what_is_asked_for(built: tuple[Project, float]) -> None:
    project, began = built
    project.shim("stop", "--broker")
    lines = until(lambda: look(project, began, "ended: process"), "its end is logged", 30)

    assert lines[-1].partition("]: ")[2].startswith("ended: process ")
    assert any(line.endswith(f"{project.slice}: closed") for line in lines)
    for words in (["-n", "3"], ["-n", "3", "--since", "1h"]):
        assert len(project.shim("logs", *words).stdout.splitlines()) == 3
    assert logged(project, "--since", f"@{time.time() + 60:.0f}") == []


def test_a_kill_is_a_warning(built: tuple[Project, float]) -> None:
    project, began = built
    until(lambda: look(project, began, "out of memory"), "the kill is logged", 30)
    words = ("journalctl", "-t", "rocqshim", "-p", "warning", "--since", f"@{began:.0f}")

    text = good(*words, "-q", "-o", "cat")

    assert "big.v: killed" in text and "started" not in text


def test_follow(built: tuple[Project, float]) -> None:
    project, _ = built
    shown = project.start("rocqshim", "logs", "-f", "-n", "0")
    time.sleep(3)  # nothing tells when journalctl listens
    project.clean()
    project.make("-k")

    until(lambda: "big.v: killed" in shown.output(), "it goes on", 30)
    shown.process.terminate()
    shown.end()


def test_the_launchers_pipe_is_not_kept(built: tuple[Project, float]) -> None:
    project, _ = built

    link = os.readlink(f"/proc/{broker(project)}/fd/2")

    assert link.startswith("socket:")
    assert run("rocqshim", "logs", "-n", "1").stdout


def test_a_broker_outside_systemd_has_a_file(new_project: NewProject) -> None:
    """One in a Slurm allocation, which it stays inside: in the folder of the history."""
    project = new_project(SETTINGS, {"a": ""})
    env = {"SLURM_JOB_ID": "77"}
    project.make(env=env)
    try:
        text = project.shim("logs", env=env).stdout
    finally:
        project.shim("stop", "--broker", env=env)

    assert "-slurm77.sock" in text and f"{project.slice}: opened" in text


def test_a_journal_that_is_not_ours_to_read(new_project: NewProject) -> None:
    """The service has a file as well."""
    project = new_project(SETTINGS, {"a": ""})
    project.shim("stop", "--broker")
    keep_in_memory()
    try:
        project.make()
        pid = broker(project)
        link = os.readlink(f"/proc/{pid}/fd/2")
        text = project.shim("logs").stdout
        project.shim("stop", "--broker")
        after = project.shim("logs").stdout
    finally:
        keep_on_disk()

    assert link.endswith("/.local/state/rocqshim/broker.log")
    assert f"rocqshim[{pid}]: {project.slice}: opened (systemd)" in text
    assert after.splitlines()[-1].partition(f"rocqshim[{pid}]: ")[2].startswith("ended: ")
