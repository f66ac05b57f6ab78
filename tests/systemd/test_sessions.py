"""From which sessions a build is limited, and what becomes of it when they end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import SSH, good, run, ssh, sudo, until
from .kernel import MOUNT
from .project import Project, ours

SETTINGS = 'memory-max = "300M"\nio-weight = 100'
SCOPE = ("systemd-run", "--user", "--scope", "-q")
EVE = 1001


def eves_processes() -> list[str]:
    """What runs as eve."""
    return run("pgrep", "-a", "-U", str(EVE)).stdout.splitlines()


def is_logged_in() -> bool:
    """Tell whether logind knows of eve: a session, one that closes, lingering."""
    return Path(f"/run/systemd/users/{EVE}").exists()


@pytest.fixture
def eves(tmp_path: Path) -> Iterator[Project]:
    """A project that eve builds."""
    folder = Path(sudo("mktemp", "-d", "/var/tmp/eve-XXXXXX"))
    project = Project(tmp_path / "draft", SETTINGS, {"a": 'await("go")', "b": ""})
    sudo("sh", "-c", f"cp {project.root}/* {folder} && chown -R eve {folder} && chmod 755 {folder}")
    project.root = folder
    yield project
    sudo("rm", "-r", str(folder))


def build_in_background(project: Project) -> None:
    """Start the build in a session of eve's that ends while a compiler runs."""
    script = (
        f"cd {project.root}; export ROCQSHIM_START_TIMEOUT=120; "
        "setsid make >log 2>&1 </dev/null & "
        f"until test -e {project.root}/a.begun; do sleep 0.2; done"
    )
    done = ssh("eve", script)
    assert done.returncode == 0, done.stdout + done.stderr


def all_of_eve_is_gone() -> None:
    """Her manager has stopped, and nothing of hers and ours is left."""
    until(lambda: not is_logged_in(), "eve's manager has stopped")
    assert not any("rocq" in line for line in eves_processes())
    # A service that ends behind her manager removes it; logind has forgotten her before.
    until(lambda: not Path(f"/run/user/{EVE}").exists(), "her runtime folder is removed")
    assert not list((MOUNT / "user.slice").glob(f"user-{EVE}.slice/**/rocq*"))


def test_build_goes_on_after_the_last_logout(eves: Project) -> None:
    """Without lingering: the manager stays as long as the build does, and then all is gone."""
    build_in_background(eves)
    assert f"/user@{EVE}.service/rocq.slice/" in eves.begun("a")["cgroup"]
    sudo("touch", f"{eves.root}/go")
    until(lambda: eves.has("b.vo"), "the build has ended")

    all_of_eve_is_gone()
    assert ours((eves.root / "log").read_text())[1:] == []


def test_lingering_manager_keeps_the_broker(eves: Project) -> None:
    sudo("loginctl", "enable-linger", "eve")
    try:
        build_in_background(eves)
        sudo("touch", f"{eves.root}/go")
        until(lambda: eves.has("b.vo"), "the build has ended")
        assert any("broker/_start.py" in line for line in eves_processes())
    finally:
        sudo("loginctl", "disable-linger", "eve")
    all_of_eve_is_gone()


EXIT = ("sudo", "-u", "eve", f"XDG_RUNTIME_DIR=/run/user/{EVE}", "systemctl", "--user", "exit")


@pytest.mark.parametrize("command", [("systemctl", "stop", f"user@{EVE}.service"), EXIT])
def test_manager_is_stopped_in_mid_build(eves: Project, command: tuple[str, ...]) -> None:
    """As `loginctl terminate-user` does: the compiler ends with it, and make says so.

    At once: nobody looks for a broker that the manager does not start any more.
    """
    build_in_background(eves)
    sudo(*command)
    until(lambda: "***" in (eves.root / "log").read_text(), "make has ended", 20)

    log = (eves.root / "log").read_text()
    assert "make: *** [Makefile:5: a.vo]" in log
    assert "a.v: cancelled because rocq-" in log and "was stopped (systemctl stop, or a" in log
    assert not eves.has("a.vo")
    all_of_eve_is_gone()


def writes(trace: str) -> list[str]:
    """What a launcher got when it placed its child itself."""
    tried = re.findall(r'cgroup\.procs".*\nwrite\(\d+, "\d+", \d+\) += (-?\d+)', trace)
    return ["refused" if result == "-1" else "done" for result in tried]


@pytest.mark.parametrize(
    ("session", "group", "direct"),
    [
        ((*SSH, "dev@localhost"), "/user-1000.slice/session-", "refused"),
        (SCOPE, "/user@1000.service/app.slice/run-", "done"),
    ],
    ids=["ssh", "below-user-manager"],
)
def test_placed_from(
    new_project: NewProject, session: tuple[str, ...], group: str, direct: str
) -> None:
    """Below user@.service a launcher places its child by itself, without D-Bus."""
    project = new_project(SETTINGS, {"a": ""})
    project.make()  # the slice is there: only the one call is traced
    project.clean()
    trace = project.root / "trace"
    script = (
        f"cd {project.root} && ROCQSHIM_START_TIMEOUT=120 "
        f"make LAUNCH='strace -o {trace} -e trace=openat,write rocq-exec'"
    )
    # ssh takes a script, and systemd-run the words of a command.
    good(*session, *((script,) if session[0] == "ssh" else ("sh", "-c", script)))

    assert group in (project.root / "make.cgroup").read_text()
    assert f"/{project.slice}/" in project.begun("a")["cgroup"]
    assert writes(trace.read_text()) == [direct]
