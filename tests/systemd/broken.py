"""What tests of the doctor break, for eve or for one command, and mend again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .guest import SHIM, Done, run, ssh, sudo, until

EVE = 1001
EVES_MANAGER = f"user@{EVE}.service"
EVES_SLICE = f"user-{EVE}.slice"

# No broker can be had there, so that nothing is opened: doctor takes 3 s here, and not 10.
QUICK = "ROCQSHIM_SOCKET=/proc/none/s"

Checks = dict[str, dict[str, Any]]


def checks_in(done: Done) -> tuple[int, Checks]:
    """The exit status of `doctor --json`, and its checks by name."""
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["exit"] == done.returncode
    assert answer["version"] == 1
    return done.returncode, {check["name"]: check for check in answer["checks"]}


def eves_doctor(before: str = "") -> Checks:
    """What eve's doctor says in a session of her own, without the slice; before: shell code."""
    script = f"export {QUICK}; cd /tmp; {before} {SHIM} doctor --json"
    return checks_in(ssh("eve", script, 240))[1]


def is_bad(check: dict[str, Any], found: str, mend: str) -> None:
    """A check is not well, says what was found, what it means, and what mends it."""
    assert check["status"] in ("degraded", "failed"), check
    assert found in check["found"], check
    assert check["means"], check
    assert mend in check["mend"], check


def eve_is_out() -> None:
    """End eve's manager, which would linger for 10 s: her next session starts a new one."""
    run("sudo", "-n", "loginctl", "terminate-user", "eve")  # fails where she is out already
    until(lambda: not Path(f"/run/systemd/users/{EVE}").exists(), "eve's manager has stopped")


@contextmanager
def drop_in(unit: str, text: str) -> Iterator[None]:
    """A drop-in of a system unit, gone again at the end. eve must be out, before and after."""
    folder = f"/etc/systemd/system/{unit}.d"
    script = (
        f"mkdir -p {folder} && printf '{text}' >{folder}/doctor.conf && systemctl daemon-reload"
    )
    sudo("sh", "-c", script)
    try:
        yield
    finally:
        sudo("sh", "-c", f"rm -r {folder} && systemctl daemon-reload")


@contextmanager
def undone(*words: str) -> Iterator[None]:
    """Run ``words`` as root at the end, whatever happens."""
    try:
        yield
    finally:
        run("sudo", "-n", *words)


@contextmanager
def eve_may_sudo() -> Iterator[None]:
    """Let eve break her own manager's cgroups, in the session that then asks the doctor."""
    sudo("sh", "-c", "echo 'eve ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/eve")
    try:
        yield
    finally:
        sudo("rm", "/etc/sudoers.d/eve")


def lose(controller: str) -> str:
    """Shell code that takes a controller from all cgroups below eve's slice, from below."""
    folder = f"/sys/fs/cgroup/user.slice/{EVES_SLICE}"
    files = f"$(find {folder} -depth -name cgroup.subtree_control)"
    return f"sudo -n sh -c 'for file in {files}; do echo -{controller} >$file; done';"
