"""What a place for the socket does to a build; and somebody else, to whom it may belong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from launcher.processes import eventually, is_alive, listener
from launcher.shim import Shim

JOB = ("sh", "-c", "echo out; exit 3")
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", "--clear-groups")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")


def assert_runs(shim: Shim, warning: str, **env: str | None) -> None:
    """It builds, with one line that holds ``warning``; under "require" it does not."""
    done = shim.run(*JOB, env=env)
    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert done.stderr.startswith(b"rocq-exec: no limits in this build: ")
    assert warning.encode() in done.stderr
    assert done.stderr.count(b"\n") == 1

    refused = shim.run(*JOB, env={**env, "ROCQSHIM_ENFORCE": "require"})
    assert (refused.returncode, refused.stdout) == (125, b"")
    assert warning.encode() in refused.stderr
    assert refused.stderr.count(b"\n") == 1


def assert_limited(shim: Shim, **env: str | None) -> None:
    done = shim.run(*JOB, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"")


def end_broker_at(path: Path) -> None:
    broker = listener(str(path))
    assert broker
    os.kill(broker, 15)
    eventually(lambda: not is_alive(broker))
