"""A job as the broker knows it: what was asked, where it runs, what has become of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rocqshim.backend import JobCounters, JobPlace, Level, Use
from rocqshim.backend.processes import are_stopped
from rocqshim.broker.build import Build
from rocqshim.broker.connection import Fields, Nonsense, environ_of, number_of, seconds_of
from rocqshim.broker.levels import levels_in
from rocqshim.prediction.model import AGES
from rocqshim.settings.model import Setting, Settings

if TYPE_CHECKING:
    from rocqshim.broker.knowledge import Facts


@dataclass(frozen=True)
class Asked:
    """One ``job`` or ``adopt`` frame, taken apart."""

    cwd: str
    kind: str
    file: str
    words: tuple[str, ...]
    environ: Mapping[str, str]
    job: str = ""  # adopt: its ROCQSHIM_JOB, which the broker before gave it
    pid: int = 0  # adopt: its compiler
    began: float = 0.0  # adopt: when that was started, Unix seconds
    levels: tuple[Level, ...] = ()  # adopt: the counters above it as they were then
    path: str = ""  # the program that is executed, as the launcher found it
    attempt: int = 1
    at: str = ""  # the caller's DEVICE:INODE of its folder
    is_unlike: bool = False  # the caller sees other files than we do
    terminal: bool = False  # its user sees what it writes on stderr
    source: str = ""  # the file, absolute; of dune's copy what that is a copy of

    @classmethod
    def read(cls, fields: Fields) -> Asked:
        """Take the frame's fields; what is missing is empty. Raises Closed."""
        named = dict(fields)
        return cls(
            cwd=named.get("cwd", "/"),
            kind=named.get("kind", "other"),
            file=named.get("file", ""),
            words=tuple(value for key, value in fields if key == "arg"),
            environ=environ_of(fields),
            job=named.get("job", ""),
            pid=number_of(named.get("pid", "")),
            began=seconds_of(named.get("began", "")),
            levels=levels_in(named.get("levels", "")),
            path=named.get("path", ""),
            attempt=max(1, number_of(named.get("attempt", ""))),
            at=named.get("at", ""),
            terminal=bool(named.get("terminal")),
        )

    @property
    def interactive(self) -> bool:
        """Somebody sits before it: it does not queue, and is killed last."""
        return self.kind == "interactive"

    @property
    def place(self) -> tuple[str, str]:
        """Slice and job cgroup of a job to be adopted: ``x.slice/job-7@…``. Raises Closed."""
        found = re.fullmatch(r"([^/\0]+\.slice)/(job-[0-9]{1,9})(@.*)?", self.job)
        if not found:
            raise Nonsense(f"no job: {self.job[:20]!r}")
        return found[1], found[2]


@dataclass
class Job:
    """A running job."""

    number: int
    asked: Asked
    settings: Settings  # as they were when it started
    label: str  # the file, relative to the project where it lies inside
    build: Build
    place: JobPlace
    levels: tuple[Level, ...]
    limited: bool  # it has a memory limit of its own
    ticket: int = 0  # its number in the queue
    facts: Facts | None = None
    attempt: int = 1
    reservation: int = 0  # bytes, as promised at its start
    why_reserved: str = ""  # where that figure comes from, a sentence
    lean: bool = False  # with a small minor heap
    timed: bool = False  # its time and memory are printed at its end
    held: int = 0  # the most that it held, as far as anybody looked
    now: int = 0  # what it held at the last look
    course: list[int] = field(default_factory=list)  # what it held at each of AGES
    waited: float = 0.0  # seconds in the queue
    why_waited: str = "{}"  # these by reason, as JSON
    pid: int = 0
    launcher: int = 0  # its pid
    time_max: Setting[float | None] | None = None  # seconds that it may run
    timed_out: bool = False  # they are over, and it was killed
    stopped: bool = False  # by Ctrl-Z, at the last look
    stood: float = 0.0  # seconds in which it was
    looked: float = field(default_factory=time.monotonic)  # when, by that clock
    since: float = field(default_factory=time.monotonic)  # when it began, by that clock
    started: float = field(default_factory=time.time)
    started_ns: int = field(default_factory=time.time_ns)
    cancelled_by: str | None = None
    others: tuple[int, int] = (0, 0)  # how many ran beside it at its end, and their bytes

    @property
    def name(self) -> str:
        """The job cgroup's name."""
        return f"job-{self.number}"

    @property
    def age(self) -> float:
        """Seconds since it began; 0 where the clock has been set back to before that."""
        return max(0.0, time.time() - self.started)

    def look(self) -> int:
        """Bytes that it holds now, noted down."""
        held = self.place.held()
        self.now, self.held = held, max(self.held, held)
        age = self.age
        while len(self.course) < len(AGES) and age >= AGES[len(self.course)]:
            self.course.append(held)
        return held

    @property
    def ran(self) -> float:
        """Seconds since it began, without those in which it was stopped; by no clock that jumps."""
        return time.monotonic() - self.since - self.stood

    def look_whether_stopped(self) -> bool:
        """Whether nothing of it goes on; without a child yet, whether its launcher does not."""
        now, was_stopped = time.monotonic(), self.stopped
        self.stopped = are_stopped([self.pid or self.launcher]) and (
            not self.pid or are_stopped(self.place.use().pids)
        )
        self.stood += now - self.looked if was_stopped else 0.0
        self.looked = now
        return self.stopped

    def end_in_time(self) -> None:
        """Kill all of it where it has run for too long."""
        if self.time_left <= 0.0 and not self.stopped and not self.cancelled_by:
            self.timed_out = True
            self.place.kill()

    @property
    def time_left(self) -> float:
        """Seconds that it may still run; what somebody sits before has no such limit."""
        limit = self.time_max.value if self.time_max and not self.asked.interactive else None
        return float("inf") if limit is None else limit - self.ran

    def began(self, seconds: float) -> None:
        """Set when it began (Unix seconds), for a job that ran before this broker."""
        self.started, self.started_ns = seconds, int(seconds * 1e9)
        self.since = time.monotonic() - self.age

    def cancel(self, why: str) -> None:
        """Kill all of it, for the reason ``why``."""
        self.cancelled_by = why
        self.place.kill()


class LostPlace:
    """The place of a job that ended while there was no broker: what was counted is lost."""

    procs = ""
    counts_peak = False

    async def attach(self, pid: int) -> None:
        """Nothing is left to be moved."""

    def started(self, pid: int) -> None:
        """It has ended."""

    def use(self) -> Use:
        """Nothing."""
        return Use()

    def held(self) -> int:
        """Nothing."""
        return 0

    def rescore(self, score: int) -> None:
        """It has ended."""

    def counters(self) -> JobCounters:
        """All unknown."""
        return JobCounters()

    def kill(self) -> None:
        """It has ended."""

    def is_empty(self) -> bool:
        """Yes."""
        return True

    async def close(self) -> None:
        """Nothing is left to be removed."""
