"""A job that runs until it is told to end."""

from __future__ import annotations

import subprocess

from launcher.shim import Shim


def waiting_job(shim: Shim, *words: str, **options: object) -> subprocess.Popen[bytes]:
    script = "echo ready; read line"
    process = shim.start("sh", "-c", script, *words, stdin=subprocess.PIPE, **options)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    assert process.communicate(b"\n", timeout=60)[1] == b""
    assert process.returncode == 0
