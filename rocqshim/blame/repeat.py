"""One compile as a job through rocq-exec, its memory looked at, its sentences noted as they end.

Limits hold as ever: it may be killed again, and that is the point.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from rocqshim.backend.process_memory import memory_of
from rocqshim.backend.processes import PROC, all_pids, facts_of
from rocqshim.blame.course import Done, Look, done_of

PERIOD = 0.02  # seconds between two looks at the memory
ALL = 25  # looks after which all processes are looked through, where the kernel lists no children


@dataclass(frozen=True)
class Repeated:
    """status: as of subprocess, negative for a signal. Seconds since it was started.

    interrupted: there was a Ctrl-C, of which the compiler may make an error of its own.
    """

    status: int
    interrupted: bool
    seconds: float
    found: list[Done]
    looks: list[Look]


class Looker(threading.Thread):
    """Looks at the memory of what a launcher has started, until it is told to end."""

    def __init__(self, launcher: int, began: float) -> None:
        super().__init__(daemon=True)
        self.looks: list[Look] = []
        self._launcher, self._began = launcher, began
        self._ended = threading.Event()
        self._family = Family(launcher)

    def run(self) -> None:
        """Look each PERIOD."""
        while not self._ended.wait(PERIOD):
            self.look()

    def look(self) -> Look:
        """Seconds since the start, and bytes held now."""
        memory = sum(memory_of(pid).now for pid in self._family.pids())
        look = time.monotonic() - self._began, memory
        self.looks.append(look)
        return look

    def look_at_end(self) -> Look:
        """Look as a sentence ends: after the last one the compiler may be gone already."""
        at, memory = self.look()
        last = next((held for _, held in reversed(self.looks[-10:]) if held), 0)
        return at, memory or last

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


class Family:
    """The processes below one, and not itself."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._listed = os.path.exists(f"{PROC}/self/task/{os.getpid()}/children")
        self._looks = 0
        self._found: set[int] = set()

    def pids(self) -> set[int]:
        """All of them now; where the kernel lists no children, as they were half a second ago."""
        if self._listed:
            return set(_below(self._pid))
        if self._looks % ALL == 0:
            self._found = _descendants(self._pid)
        self._looks += 1
        return self._found


def _below(pid: int) -> Iterator[int]:
    text = b""
    with contextlib.suppress(OSError), open(f"{PROC}/{pid}/task/{pid}/children", "rb") as file:
        text = file.read()
    for child in map(int, text.split()):
        yield child
        yield from _below(child)


def _descendants(pid: int) -> set[int]:
    parents = {each: facts.parent for each in all_pids() if (facts := facts_of(each))}
    found = {pid}
    while new := {each for each, parent in parents.items() if parent in found} - found:
        found |= new
    return found - {pid}


def repeat(words: Sequence[str], cwd: str, environ: Mapping[str, str]) -> Repeated:
    """Run it to its end; stderr is ours. A Ctrl-C ends it, and what was seen is kept."""
    began = time.monotonic()
    process = subprocess.Popen(
        list(words), cwd=cwd, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    looker = Looker(process.pid, began)
    found: list[Done] = []
    with _ended_with_us(process) as interrupts:
        looker.start()
        assert process.stdout is not None
        _read(process.stdout, looker, found)
        status = process.wait()
    looker.end()
    looks = sorted(looker.looks)  # two threads have noted them
    return Repeated(status, bool(interrupts), time.monotonic() - began, found, looks)


def _read(output: IO[bytes], looker: Looker, found: list[Done]) -> None:
    for line in output:
        if line.startswith(b"Chars ") and (done := done_of(line, *looker.look_at_end())):
            found.append(done)


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """TERM and HUP are passed on; a Ctrl-C has reached the launcher by itself, and is noted."""
    interrupts: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)

    ours = (signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in ours}
    before[signal.SIGINT] = signal.signal(
        signal.SIGINT, lambda number, _: interrupts.append(number)
    )
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
