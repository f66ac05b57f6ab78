"""A command that tells of a build, run to its end or to the end of our patience."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

PATIENCE = 60.0  # seconds for one look at a build; fiat-crypto's `make -n` takes 20
QUIET = 5.0  # seconds after which a user is told what is waited for
TIMED_OUT = 124


def deadline() -> float:
    """The moment, by time.monotonic, at which a look that begins now has to be over."""
    return time.monotonic() + PATIENCE


def run(
    words: Sequence[str], environ: Mapping[str, str], cwd: str, until: float, given: bytes = b""
) -> tuple[int, str, str]:
    """Run to the end, or kill it with its children; gives status, stdout and stderr.

    until: by time.monotonic; what has not ended then has status 124. given: its stdin.
    """
    process = subprocess.Popen(
        list(words), env=dict(environ), cwd=cwd, text=True,
        errors="surrogateescape", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        out, error = _output(process, until, os.fsdecode(given))
    except subprocess.TimeoutExpired:
        return TIMED_OUT, "", f"it did not end in {PATIENCE:g} s"
    finally:  # also after a signal: Ctrl-C, or what rocqshim/doctor/ending.py makes of TERM
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return process.returncode, out, error


def _output(process: subprocess.Popen[str], until: float, given: str) -> tuple[str, str]:
    try:
        return process.communicate(given, timeout=min(QUIET, _left(until)))
    except subprocess.TimeoutExpired:
        if not _left(until):
            raise
    words = process.args if isinstance(process.args, list) else []
    name = " ".join(os.path.basename(str(word)) for word in words[:2])
    print(f"rocqshim: {name} is waited for, {PATIENCE:g} s at most", file=sys.stderr, flush=True)
    return process.communicate(timeout=_left(until))


def _left(until: float) -> float:
    return max(until - time.monotonic(), 0)
