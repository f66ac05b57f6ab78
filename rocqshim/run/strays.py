"""Compilers of the build that run outside any job, seen in /proc about once a second.

A compiler that ends between two looks is not seen: what is told is a lower bound.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shlex
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rocqshim import shell
from rocqshim.backend.processes import all_pids, read
from rocqshim.cli.show import one_line
from rocqshim.launch import call
from rocqshim.launch.search import is_launcher

# The first look comes soon, for builds of a second; then each costs at most 1/50 of the time.
FIRST, PAUSE, SHARE = 0.1, 1.0, 50  # seconds, seconds, factor
# As the kernel has them in comm: cut after 15 bytes, `coqworker.opt`, `rocqworker`.
WORKERS = {"coqworker", "rocqworker", "rocqnative"}
COMPILERS = frozenset(
    map(os.fsencode, {*call.COMPILERS, *call.CHECKERS, *call.TOPLEVELS, *WORKERS})
)
LAUNCHER = b"rocqshim/launch/_start.py"


@dataclass(frozen=True)
class Stray:
    """A compiler outside any job. file: as the compiler was given it. command: its words."""

    pid: int
    file: str
    command: str


@dataclass(frozen=True)
class Seen:
    """A process of the sample. start: clock ticks since boot."""

    pid: int
    parent: int
    start: int
    name: bytes


class StrayWatch:
    """A thread that looks while the build runs. build: its ROCQSHIM_BUILD."""

    def __init__(self, build: str) -> None:
        self._mark = os.fsencode(f"ROCQSHIM_BUILD={build}")
        self._top = os.getpid()
        self._found: dict[tuple[int, int], Stray] = {}
        self.users: set[int] = set()  # others, whose jobs a broker of theirs counts (sudo)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to look. Called after the fork, as a forked thread is a dead one."""
        self._thread.start()

    def end(self) -> list[Stray]:
        """The build has ended: give what was seen, in the order in which it was."""
        self._over.set()
        self._thread.join()
        return list(self._found.values())

    def _run(self) -> None:
        pause = FIRST
        while not self._over.wait(pause):
            began = time.thread_time()
            # Out of file descriptors, or a process that vanished: the next look may be luckier.
            with contextlib.suppress(OSError, ValueError, IndexError):
                self._look()
            pause = max(min(2 * pause, PAUSE), SHARE * (time.thread_time() - began))

    def _look(self) -> None:
        seen = sample()
        candidates = {pid for pid, each in seen.items() if is_compiler(each.name)}
        for pid in candidates:
            each = seen[pid]
            # A `par:` worker belongs to the compiler that has started it.
            if (pid, each.start) in self._found or each.parent in candidates:
                continue
            chain = ancestors(seen, pid, self._top)
            if not self._is_of_build(pid, chain):
                continue
            if _is_in_job(pid, chain):
                self.users |= {os.stat(f"/proc/{pid}").st_uid} - {os.getuid()}
            else:
                self._add(each)

    def _add(self, each: Seen) -> None:
        words = [os.fsdecode(word) for word in read(each.pid, "cmdline").split(b"\0")[:-1]]
        file = file_at_work(words)
        if file and not is_starting(words, f"/proc/{each.pid}/cwd"):
            self._found[each.pid, each.start] = Stray(each.pid, file, shlex.join(words))

    def _is_of_build(self, pid: int, chain: Sequence[int]) -> bool:
        # By its environment also where its parents are gone; by its parents after `env -i`.
        return chain[-1:] == [self._top] or self._mark in read(pid, "environ").split(b"\0")


def sample() -> dict[int, Seen]:
    """Every process that we can see, by its number."""
    found = {}
    for pid in all_pids():
        stat = read(pid, "stat")
        if stat:
            # The name in parentheses may hold anything: count from the last one.
            end = stat.rindex(b")")
            field = stat[end + 2 :].split()
            name = stat[stat.index(b"(") + 1 : end]
            found[pid] = Seen(pid, int(field[1]), int(field[19]), name)
    return found


def is_compiler(name: bytes) -> bool:
    """Tell whether a process of this name (comm) may be a compiler or checker."""
    return name.partition(b".")[0] in COMPILERS


def ancestors(seen: dict[int, Seen], pid: int, top: int) -> list[int]:
    """The parents of ``pid``, nearest first, up to and with ``top`` or the last that is known."""
    chain: list[int] = []
    while pid in seen and pid != top and seen[pid].parent not in (0, pid, *chain):
        pid = seen[pid].parent
        chain.append(pid)
    return chain


def file_at_work(words: Sequence[str]) -> str:
    """The file that a compiler with these words works on; "" for a probe."""
    names = [os.fsencode(os.path.basename(word)) for word in words]
    # A script has its interpreter first.
    begin = next((at for at, name in enumerate(names) if is_compiler(name)), None)
    if begin is None:
        return ""
    found = call.read_call(list(words[begin:]))
    return found.file if found.kind else ""


def is_starting(words: Sequence[str], folder: str) -> bool:
    """Tell whether it is a launcher under a compiler's name, which is a shell script at first.

    folder: where the process is.
    """
    return len(words) > 1 and is_launcher(os.path.join(folder, words[1]))


def _is_in_job(pid: int, chain: Sequence[int]) -> bool:
    if b"\0ROCQSHIM_JOB=" in b"\0" + read(pid, "environ"):
        return True
    # `rocq-exec env -i coqc …` has lost it, and still has its launcher above. It may itself have
    # become the launcher since its name was read.
    return any(LAUNCHER in read(each, "cmdline") for each in (pid, *chain))


def tell_of_users(users: Collection[int]) -> list[str]:
    """The lines for compilers that others ran within the build, by sudo or su."""
    names = map(_name, sorted(users))
    return [
        f"what ran as {name} is not in these figures: the broker of {name} counts it."
        f" See, as {name}: rocqshim history"
        for name in names
    ]


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def tell(strays: Sequence[Stray], command: Sequence[str]) -> list[str]:
    """The line for the end of a build, none where all was well."""
    if not strays:
        return []
    first, count = strays[0], len(strays)
    many = f"{count} compiler{'s' * (count != 1)} ran outside the slice"
    which = f"first: {one_line(first.file)} ({first.pid}, {one_line(_short(first.command))})"
    return [f"{many}, {which}. See: rocqshim doctor -- {shell.join(command)}"]


def _short(command: str, width: int = 100) -> str:
    return command if len(command) <= width else f"{command[: width - 2]} …"
