"""A build as the broker knows it: its jobs, told of and summed up together."""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from rocqshim.broker.foreseen import Foreseen
from rocqshim.broker.log import LOG
from rocqshim.broker.samples import Course
from rocqshim.history import JobRecord
from rocqshim.origin import Origin, fresh_name
from rocqshim.outcome import DONE, outcome

if TYPE_CHECKING:
    from rocqshim.broker.running import Job

LAST = 200  # jobs that have ended are listed, the last ones
KEPT = 20  # builds that are remembered without a job; one of 1000 jobs takes 200 KiB
QUIET = 30.0  # seconds without a job that part two builds where nothing else does


@dataclass
class Build:
    """What is told once a build, and what ``rocqshim run`` sums up at its end."""

    name: str
    started: float = field(default_factory=time.time)
    jobs: int = 0
    peak: int = 0  # bytes, of the whole slice while this build ran
    bad: list[dict[str, Any]] = field(default_factory=list)  # jobs that did not end well
    repeated: list[dict[str, Any]] = field(default_factory=list)  # attempts before a job's last
    told: set[str] = field(default_factory=set)
    course: Course = field(default_factory=Course)
    foreseen: Foreseen = field(default_factory=Foreseen)
    done: set[str] = field(default_factory=set)  # files, absolute, that were compiled well
    lost: set[str] = field(default_factory=set)  # those that were not, in their last job
    ended: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LAST))
    is_recalled: bool = False
    used: float = 0.0  # when a job of it last began or ended, by the monotonic clock

    def recall(self, rows: Sequence[JobRecord], root: str) -> None:
        """Count what an earlier broker, which was killed, has recorded of it, in one project."""
        self.is_recalled = True
        own = [row for row in rows if row.root == root]
        attempts = {(row.file, row.kind, row.attempt) for row in own}
        for row in own:
            again = (row.file, row.kind, row.attempt + 1) in attempts
            done = os.path.join(root, row.file)
            self._count(_recorded(row), done, again)
            self.peak = max(self.peak, row.memory_peak or 0)
            self.started = min(self.started, row.started - row.waited)

    def tell_once(self, note: str) -> str:
        """Give ``note`` the first time, "" from then on."""
        if note in self.told:
            return ""
        self.told.add(note)
        return note

    def count(self, job: Job, word: str, status: int | None, again: bool) -> None:
        """Count one finished attempt. again: another one follows, so the job is not over."""
        file = job.facts.subject.file if job.facts else ""
        self._count(_ended(job, word, status), file, again)

    def cancel(self, label: str) -> None:
        """Count a job that waited, and is not to run any more."""
        self.jobs += 1
        self.bad.append({"file": label, "verdict": "cancelled", "status": None})

    def states(self) -> Counter[str]:
        """How many of its jobs ended how, by the states of outcome.py."""
        bad = (outcome(each["verdict"], each["status"]).state for each in self.bad)
        return Counter({DONE: self.jobs - len(self.bad)}) + Counter(bad)

    def _count(self, ended: dict[str, Any], file: str, again: bool) -> None:
        entry = {name: ended[name] for name in ("file", "verdict", "status")}
        self.ended.append(ended)
        if again:
            self.repeated.append(entry)
            return
        self.jobs += 1
        if ended["verdict"] == "success":
            self.done |= {file} - {""}
            self.lost.discard(file)
        else:
            self.lost |= {file} - self.done - {""}
            self.bad.append(entry)


def _ended(job: Job, word: str, status: int | None) -> dict[str, Any]:
    now = time.time()
    return {
        "file": job.label,
        "kind": job.asked.kind,
        "verdict": word,
        "status": status,
        "attempt": job.attempt,
        "seconds": round(now - job.started, 3),
        "memory_peak": job.held,
        "ended": round(now, 3),
    }


def _recorded(row: JobRecord) -> dict[str, Any]:
    return {
        "file": row.file,
        "kind": row.kind,
        "verdict": row.verdict,
        "status": row.status,
        "attempt": row.attempt,
        "seconds": round(row.wall, 3),
        "memory_peak": row.anon_peak or row.memory_peak or 0,
        "ended": round(row.started + row.wall, 3),
    }


def _is_quiet(build: Build) -> bool:
    return time.monotonic() - build.used > QUIET


class Builds:
    """The builds of one project."""

    def __init__(self, project: str = "") -> None:
        self._project = project  # its slice, for the log
        self._known: WeakValueDictionary[str, Build] = WeakValueDictionary()
        self._kept: dict[str, Build] = {}  # the others live as long as a launcher has them
        self._lasting: dict[str, str] = {}  # the present build of an origin that has many
        self._alone: Build | None = None  # the last that has one call only
        self.latest: Build | None = None  # to which the last job belonged
        self.asking: dict[int, Build] = {}  # of each ticket that waits or runs

    def of(self, origin: Origin, interactive: bool = False) -> Build:
        """Give the build that a job asked for now belongs to. interactive: it sits in an editor."""
        name = self._present(origin) if origin.lasts else origin.name
        build = self.find(name) or self._begin(name, origin.alone)
        self.touch(build)
        if not interactive or self.latest is None:
            self.latest = build
        return build

    def _begin(self, name: str, alone: bool) -> Build:
        build = self._known[name] = Build(name)
        if not alone:
            LOG.info("%s: build %s began", self._project, name)
            return build
        # What calls compilers one by one is not told a thing with each, and seen as one.
        if self._alone and not _is_quiet(self._alone):
            build.told, build.ended = self._alone.told, self._alone.ended
        self._alone = build
        return build

    def _present(self, origin: Origin) -> str:
        name = self._lasting.get(origin.name, "")
        build = self.find(name)
        if build is None or _is_quiet(build):
            name = self._lasting[origin.name] = fresh_name(origin.name.split("-")[0])
        return name

    def touch(self, build: Build) -> None:
        """A job of ``build`` has just begun or ended."""
        build.used = time.monotonic()
        self._kept.pop(build.name, None)
        self._kept[build.name] = build  # the last one last; `rocqshim run` asks for its summary
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]

    def find(self, name: str) -> Build | None:
        """Give the build of this name; None if it had no job here, or is forgotten."""
        return self._known.get(name)
