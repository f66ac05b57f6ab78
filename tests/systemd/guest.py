"""What a test does in the guest: run programs, be root or somebody else, wait."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

PATIENCE = 120.0  # seconds for anything that ends by itself; the guest is 8 to 15 times slower
SHIM = shutil.which("rocqshim") or "rocqshim"  # sudo's own PATH may lack /usr/local/bin
EXEC = shutil.which("rocq-exec") or "rocq-exec"
SSH = (
    "ssh -n -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
    "-o LogLevel=ERROR"
).split()
OURS = ("ROCQSHIM_", "SLURM_", "MAKE", "MFLAGS", "COQ", "ROCQ")

Done = subprocess.CompletedProcess[str]
T = TypeVar("T")


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a login, with English messages and nothing of an outer make."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    # The first launcher starts the broker in 6 s at best here, and in 30 beside other work.
    ours = {"LC_ALL": "C.UTF-8", "ROCQSHIM_START_TIMEOUT": "120"}
    # What one attempt comes to; test_retry.py takes it away.
    ours["ROCQSHIM_RETRIES"] = "0"
    return {**kept, **ours, **(extra or {})}


def run(
    *words: str | Path,
    cwd: str | Path = "/",
    env: Mapping[str, str] | None = None,
    patience: float = PATIENCE,
) -> Done:
    """Run to the end; stdout and stderr apart."""
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )


def good(*words: str | Path, cwd: str | Path = "/", env: Mapping[str, str] | None = None) -> str:
    """Run what must succeed; gives its stdout."""
    done = run(*words, cwd=cwd, env=env)
    assert done.returncode == 0, (words, done.returncode, done.stdout, done.stderr)
    return done.stdout.strip()


def sudo(*words: str | Path, cwd: str | Path = "/") -> str:
    """Run as root what must succeed."""
    return good("sudo", "-n", *words, cwd=cwd)


def ssh(user: str, script: str, patience: float = PATIENCE) -> Done:
    """Run in a login session of ``user``: session-N.scope."""
    return run(*SSH, f"{user}@localhost", script, patience=patience)


def until(look: Callable[[], T], what: str = "", patience: float = PATIENCE) -> T:
    """Wait until ``look`` gives something true, and give that."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not in {patience:g} s: {what or look}")
