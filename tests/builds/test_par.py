"""`par:` and asynchronous proofs of the real compiler take their cores from the broker."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from workspace import Workspace, is_rocq

# Each goal, and each lemma, takes about a second: enough to be seen.
WORK = "(do 800000 idtac); reflexivity."
PAR = f"Goal (1 = 1 /\\ 2 = 2) /\\ (3 = 3 /\\ 4 = 4).\nsplit; split.\npar: {WORK}\nQed.\n"
ASYNC = "".join(f"Lemma a{number} : 1 = 1.\nProof. {WORK} Qed.\n" for number in range(3))
WAYS = {
    "par": (PAR, ["-async-proofs-tac-j", "4"]),  # 8.16 has two all the same
    "async": (ASYNC, ["-async-proofs", "on", "-async-proofs-j", "3"]),
}
# Two workers for four goals: some are asked for when others have worked.
TWO = (PAR, ["-async-proofs-tac-j", "2"])
COMPILER = ["rocq", "c"] if is_rocq() else ["coqc"]
TICKS = os.sysconf("SC_CLK_TCK")


class Seen:
    """What is seen of a compile, from outside and by asking its broker."""

    def __init__(self, process: subprocess.Popen[str], main: int) -> None:
        self.process, self.main = process, main
        self.workers: set[int] = set()
        self.most = 0.0  # processors that it and its workers used at once
        self.extra: list[int] = []  # cores that workers have beside the job's, says the broker
        self.broker = 0
        self._before: tuple[float, dict[int, int]] = time.monotonic(), {}

    def watch(self) -> None:
        """Look until it has ended."""
        while self.process.poll() is None:
            self.look()
            time.sleep(0.4)

    def look(self) -> None:
        """Look once."""
        now, workers = time.monotonic(), children(self.main)
        self.workers |= set(workers)
        ticks = {pid: used(pid) for pid in [self.main, *workers]}
        before, last = self._before
        self._before = now, ticks
        grown = sum(max(0, ticks[pid] - last[pid]) for pid in ticks.keys() & last.keys())
        self.most = max(self.most, grown / TICKS / max(0.3, now - before))
        if pong := ping(manager(self.main)):
            self.extra.append(int(pong[1]))
            self.broker = int(pong[3])


def children(pid: int) -> list[int]:
    """The workers of a compiler: their number lies in its command line."""
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def runs(pid: int) -> bool:
    """Whether it is there, and no corpse that nobody has collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def used(pid: int) -> int:
    """Processor time, in ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def manager(pid: int) -> str:
    """The address that the broker gave to a compiler."""
    try:
        entries = os.fsdecode(Path(f"/proc/{pid}/environ").read_bytes()).split("\0")
    except OSError:
        return ""
    name = "ROCQWORKMGR_SOCK=" if is_rocq() else "COQWORKMGR_SOCK="
    return next((entry[len(name) :] for entry in entries if entry.startswith(name)), "")


def ping(address: str) -> list[str]:
    """``PONG EXTRA CORES PID``; nothing once it is gone."""
    host, _, port = address.partition(":")
    try:
        with socket.create_connection((host, int(port or 0)), timeout=20) as asked:
            asked.sendall(b"PING\n")
            return asked.recv(64).decode().split()
    except OSError:
        return []


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def compile_it(workspace: Workspace) -> Iterator[Callable[[str, str], Seen]]:
    started: list[subprocess.Popen[str]] = []

    def start(way: str, quota: str) -> Seen:
        text, options = {**WAYS, "two": TWO}[way]
        workspace.write("a.v", text)
        workspace.env["ROCQSHIM_CPU_QUOTA"] = quota
        process = workspace.start("rocq-exec", *COMPILER, "-q", *options, "a.v")
        started.append(process)
        # Not its first child: that starts the broker.
        until(lambda: any(map(manager, children(process.pid))))
        [main] = filter(manager, children(process.pid))
        return Seen(process, main)

    yield start
    for process in started:
        workspace.run("rocqshim", "stop")  # the workers, too: they hold its stdout open
        process.kill()
        process.communicate()


@pytest.mark.parametrize("way", WAYS)
def test_workers_are_counted(
    workspace: Workspace, compile_it: Callable[[str, str], Seen], way: str
) -> None:
    """And they stay within the processors of the quota, which the watchdog's affinity sees to."""
    seen = compile_it(way, "100%")
    seen.watch()

    assert seen.process.returncode == 0, seen.process.communicate()[0]
    assert len(seen.workers) >= 2, "nobody worked for it"
    assert max(seen.extra) >= 1
    assert seen.most < 1.3
    assert (workspace.root / "a.vo").exists()


@pytest.mark.parametrize("number", range(2))
def test_two_workers_at_once_break_no_compile(workspace: Workspace, number: int) -> None:
    """Short ones, on one processor: where an answer is late, the compiler mixes them up."""
    workspace.write("a.v", PAR.replace(WORK, "(do 200000 idtac); reflexivity."))

    for quota in ("100%", "200%"):
        quiet = {"ROCQSHIM_CPU_QUOTA": quota}
        workspace.run("rocq-exec", *COMPILER, "-q", "a.v", env=quiet)


def test_workers_are_of_the_job(
    workspace: Workspace, compile_it: Callable[[str, str], Seen]
) -> None:
    """Their memory counts, and `rocqshim stop` ends them."""
    seen = compile_it("par", "200%")
    until(lambda: ping(manager(seen.main))[1:2] > ["0"])
    workers = children(seen.main)
    time.sleep(0.5)  # the watchdog looks five times a second
    own = memory(seen.main)
    together = own + sum(map(memory, workers))

    workspace.run("rocqshim", "stop")
    seen.process.wait(60)

    until(lambda: not any(map(runs, workers)))
    assert workspace.peak() > max(own * 1.2, together * 0.5)


def memory(pid: int) -> int:
    """Its proportional part, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def test_a_broker_that_is_stopped_meanwhile(
    workspace: Workspace, compile_it: Callable[[str, str], Seen]
) -> None:
    """The compiler waits for its next answer: the launcher ends the broker, and tries anew.

    8 s: the next broker starts nobody for 6 s.
    """
    workspace.env["ROCQSHIM_BROKER_TIMEOUT"] = "8"
    seen = compile_it("two", "200%")
    until(lambda: seen.broker or seen.look())
    os.kill(seen.broker, signal.SIGSTOP)

    assert seen.process.wait(90) == 0, seen.process.communicate()[0]
    assert not runs(seen.broker)
    assert (workspace.root / "a.vo").exists()
