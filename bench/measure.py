"""Whole-process times, two commands in turn, and what belongs to a bench's own broker."""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROCQ_EXEC = str(Path(sys.executable).with_name("rocq-exec"))
ROCQSHIM = str(Path(sys.executable).with_name("rocqshim"))
TIMEOUT = 600  # seconds for any one command


def amount(usual: int) -> int:
    """How many rounds, jobs or files to measure: the first word after the program's name."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else usual


def seconds(command: Sequence[str], environ: dict[str, str], cwd: str | None = None) -> float:
    """Wall seconds of one run of ``command``; it must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environ, cwd=cwd, stdout=subprocess.DEVNULL)
    # Not wait(TIMEOUT): that looks after 15.5 ms and then after 31.5.
    bound = threading.Timer(TIMEOUT, process.kill)
    bound.start()
    status = process.wait()
    spent = time.perf_counter() - start
    bound.cancel()
    if status:
        raise subprocess.CalledProcessError(status, command)
    return spent


def in_turn(
    first: Sequence[str], second: Sequence[str], rounds: int, environ: dict[str, str]
) -> str:
    """Run two commands A B A B … after one warm-up each; gives medians, difference and ratio."""
    times: tuple[list[float], list[float]] = [], []
    for number in range(rounds + 1):
        for taken, command in zip(times, (first, second), strict=True):
            spent = seconds(command, environ)
            if number:
                taken.append(spent * 1000)
    return comparison(*times)


def comparison(first: list[float], second: list[float]) -> str:
    """Say medians in ms, their difference, and the median of the ratios pair by pair."""
    ratio = statistics.median(a / b for a, b in zip(first, second, strict=True))
    a, b = statistics.median(first), statistics.median(second)
    return f"{a:.1f} ms against {b:.1f} ms: {a - b:+.1f} ms, ratio {ratio:.2f} ({len(first)} pairs)"


@contextlib.contextmanager
def own_broker(settings: str = "") -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a project folder with ``settings`` and an environment with a broker of its own."""
    folder = Path(tempfile.mkdtemp(prefix="rsb-"))
    environ = {key: value for key, value in os.environ.items() if key[:9] != "ROCQSHIM_"}
    for key in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        environ[key] = str(folder / key[4:5])
        Path(environ[key]).mkdir(mode=0o700)
    project = folder / "p"
    project.mkdir()
    (project / "pyproject.toml").write_text(f"[tool.rocqshim]\n{settings}\n")
    try:
        yield project, environ
    finally:
        subprocess.run(
            [ROCQSHIM, "stop", "--all", "--broker"],
            env=environ,
            cwd=project,
            check=False,
            timeout=60,
            stdout=subprocess.DEVNULL,
        )
        shutil.rmtree(folder, ignore_errors=True)
