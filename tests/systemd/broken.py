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

# Nothing is opened then, and no broker started: doctor takes 3 s here, and not 10.
QUICK = "ROCQSHIM_ENFORCE"

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
    script = f"export {QUICK}=off; cd /tmp; {before} {SHIM} doctor --json"
    return checks_in(ssh("eve", script, 240))[1]


def is_bad(check: dict[str, Any], found: str, mend: str) -> None:
    """A check is not well, says what was found, what it means, and what mends it."""
    assert check["status"] in ("degraded", "failed"), check
    assert found in check["found"], check
    assert check["means"], check
    assert mend in check["mend"], check


def eve_is_out() -> None:
    """Wait until eve's manager has stopped, so that her next session starts a new one."""
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
