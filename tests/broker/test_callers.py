"""One broker for callers that see the world in different ways; it keeps nothing of the first."""

from __future__ import annotations

import os
import shutil

import pytest
from launcher.shim import Shim

from .places import NOBODY, needs_root

JOB = ("sh", "-c", "echo out; exit 3")


@pytest.fixture
def somebody(shim: Shim) -> Shim:
    """Another user's world, whose launchers are started by `as_somebody`."""
    shim.folder.chmod(0o755)
    for folder, _, files in os.walk(shim.folder):
        for path in (folder, *(os.path.join(folder, name) for name in files)):
            os.chown(path, NOBODY, NOBODY)
    return shim


def as_somebody(
    shim: Shim, *before: str, groups: str = "--clear-groups", **options: object
) -> tuple[int, bytes, bytes]:
    """Run JOB as that user below ``before``: status, stdout, stderr."""
    user = ["setpriv", f"--reuid={NOBODY}", groups]
    process = shim.popen([*user, *before, *shim.command(*JOB)], **options)
    out, err = process.communicate(timeout=60)
    if not out and b"Permission denied" in err:
        pytest.skip("nobody may not run this interpreter")
    return process.returncode, out, err


@needs_root
@pytest.mark.skipif(not shutil.which("fakeroot"), reason="needs fakeroot")
def test_a_user_who_seems_to_be_root(somebody: Shim) -> None:
    """fakeroot preloads a getuid that says 0: the kernel says who asks, and who answers."""
    first = as_somebody(somebody, "fakeroot", env={"ROCQSHIM_ENFORCE": "require"})
    broker = somebody.broker()
    second = as_somebody(somebody, env={"ROCQSHIM_ENFORCE": "require"})

    assert first == second == (3, b"out\n", b"")
    assert broker and somebody.broker() == broker
