"""Held children as the launcher makes them, that become programs which eat memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from rocqshim.backend import JobRequest
from rocqshim.backend.processes import all_pids, facts_of, read
from rocqshim.backend.watch_job import WatchdogJob
from rocqshim.backend.watchdog import WatchdogSlice

MIB = 1 << 20
PATIENCE = 30.0  # seconds; other people's work runs on this machine, too
# The shell reads its line (is held), then becomes the program, in the same process.
HOLD = 'read _; exec env ROCQSHIM_JOB="$1" "$2" -S -c "$3"'
SLEEP = "import time; time.sleep(100)"
ORPHAN = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        held = bytearray(b"x") * (40 << 20)
        time.sleep(100)
    os._exit(0)
os.wait()
time.sleep(100)
"""


def eat(mib: int, pause: float = 0.0) -> str:
    """A program that takes ``mib`` MiB, one every ``pause`` seconds, and keeps them."""
    return f"""
import time
held = []
for _ in range({mib}):
    held.append(bytearray(b"x") * (1 << 20))
    time.sleep({pause})
time.sleep(100)
"""


class Build:
    """A slice with its jobs, and the children that were started for them."""

    def __init__(self, name: str) -> None:
        self.slice = WatchdogSlice(name)
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def hold(self, job: str, program: str) -> subprocess.Popen[bytes]:
        """Start a held child of ``job``."""
        command = ["sh", "-c", HOLD, "sh", f"{self.slice.name}/{job}", sys.executable, program]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        self.children[job] = child
        return child

    def let_go(self, job: str) -> None:
        """Let the held child become its program."""
        stdin = self.children[job].stdin
        assert stdin is not None
        stdin.write(b"go\n")
        stdin.close()

    async def start(self, job: str, program: str, memory_max: int | None = None) -> WatchdogJob:
        """Start a job as the broker and the launcher do."""
        place = await self.slice.new_job(JobRequest(job, memory_max, oom_score_adj=100))
        child = self.hold(job, program)
        await place.attach(child.pid)
        place.started(child.pid)
        self.let_go(job)
        return place

    def status(self, job: str) -> int | None:
        """The exit status of the child as Popen gives it, None while it runs."""
        return self.children[job].poll()

    def group(self, job: str) -> set[int]:
        """The living processes in the group of a job's child, as one look sees them."""
        group, stats = self.children[job].pid, ((pid, read(pid, "stat")) for pid in all_pids())
        fields = {pid: stat[stat.rfind(b")") + 2 :].split() for pid, stat in stats if stat}
        return {pid for pid, it in fields.items() if int(it[2]) == group and it[0] != b"Z"}

    def end(self) -> None:
        """End whatever the test has left, by its process group: no look in /proc is as sure.

        One that forks each millisecond has got away from watchdog and test, and ran on for hours.
        """
        for child in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            if child.stdin is not None and not child.stdin.closed:
                child.stdin.close()


def of_slice(name: str) -> set[int]:
    """The living processes with a marker of the slice ``name``: the tests' own way to look."""
    return {pid for pid in all_pids() if _is_marked(pid, f"ROCQSHIM_JOB={name}/".encode())}


def _is_marked(pid: int, marker: bytes) -> bool:
    try:
        facts = facts_of(pid)
        return facts is not None and not facts.is_gone and marker in read(pid, "environ")
    except OSError:
        return False


async def until(is_true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < end, f"not in {PATIENCE} s: {what}"
        await asyncio.sleep(0.02)
