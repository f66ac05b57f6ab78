"""What is known of a project's files: from its history, its dependency files, and this build."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rocqshim.admission.admit import Admission
from rocqshim.broker.running import Asked
from rocqshim.broker.source import Compilers, Source, Sources
from rocqshim.depends.graph import Graph
from rocqshim.depends.sizes import Sizes
from rocqshim.history.record import JobRecord
from rocqshim.prediction.model import Record, Subject
from rocqshim.settings.dune import source_of
from rocqshim.settings.files import rule_for
from rocqshim.settings.model import Settings
from rocqshim.verdict import OUT_OF_MEMORY

PORTION = 200  # rows of the history that are learned in one go
REMEMBERED = 20_000  # attempts of one project; so many take 0.7 s to read and learn, once
BY_ITSELF = ("success", "exit-code")
OVERSHOT = 2  # times memory-max: the watchdog looks only so often
LONGEST = 30 * 86400  # seconds
LIBRARY_KINDS = ("vo", "vos", "vok", "vio", "other")


@dataclass(frozen=True)
class Facts:
    """What was found out about a job before it ran. loads: the sources that it needs, absolute."""

    subject: Subject
    source: Source
    loads: tuple[str, ...]

    def loads_below(self, root: str) -> str:
        """As JSON for the history, relative to the project where they lie inside."""
        return json.dumps([relative(path, root) for path in self.loads])


@dataclass
class Look:
    """What is there for one job. path: as `Asked.source`. size: bytes of all that it loads.

    news: what else was learned of who needs whom, sources by absolute path.
    """

    path: str = ""
    source: Source = field(default_factory=lambda: Source(0, ""))
    compiler: str = ""
    loads: tuple[str, ...] = ()
    size: int | None = None
    news: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


class Knowledge:
    """Feeds one slice's admission."""

    def __init__(self) -> None:
        self._sources, self._compilers = Sources(), Compilers()
        self._graph, self._sizes = Graph(), Sizes()
        self._recalled: set[str] = set()

    def is_recalled(self, root: str) -> bool:
        """Whether the history of the project ``root`` was read."""
        return root in self._recalled

    async def recall(self, root: str, records: Iterable[JobRecord], admission: Admission) -> None:
        """Learn the history of a project. records: oldest first."""
        self._recalled.add(root)
        last: dict[tuple[str, str], JobRecord] = {}
        most = admission.learned.most
        for number, row in enumerate(row for row in records if is_possible(row, most)):
            last[row.file, row.kind] = row
            admission.learned.learn(_record(row, root))
            if number % PORTION == 0:
                await asyncio.sleep(0)  # it is not the only project
        for row in last.values():
            if row.verdict in OUT_OF_MEMORY:
                admission.learned.killed(_subject(row, root), _wanted(row))
            if row.kind == "vo":
                admission.graph.learn(os.path.join(root, row.file), _loads(row, root))

    def look(self, asked: Asked) -> Look:
        """Find out what there is about a job that asks to start. Reads: in the project's thread."""
        path = os.path.normpath(os.path.join(asked.cwd, asked.file))
        source = source_of(path, asked.environ)
        if asked.is_unlike:  # what we see there is another's, or nothing
            return Look(source, Source(0, ""), self._compilers.identity(asked.path))
        found = Look(source, self._sources.of(path), self._compilers.identity(asked.path))
        if asked.kind in LIBRARY_KINDS and path.endswith(".v"):
            news = self._graph.learn(asked.cwd, path)
            found.news += [(new[:-1], _sources_of(self._graph.loads[new])) for new in news]
            needed = self._graph.loads.get(f"{path}o")
            if needed is not None:
                found.loads = _sources_of(needed)
                found.size = self._sizes.total(self._graph.closure(f"{path}o"), asked.kind)
        return found

    def facts(
        self, look: Look, asked: Asked, settings: Settings, label: str, admission: Admission
    ) -> Facts:
        """What was found, as admission takes it; that learns what is new."""
        for file, needs in look.news:
            admission.graph.learn(file, needs)
        rule = rule_for(settings, label)
        subject = Subject(
            file=os.path.join(settings.root, label),
            kind=asked.kind,
            digest=look.source.digest,
            compiler=look.compiler,
            loads=look.size,
            expected=rule.expected_memory if rule else None,
        )
        return Facts(subject, look.source, look.loads)

    def built(self, facts: Facts) -> None:
        """A job has written its output anew."""
        self._sizes.forget(f"{facts.subject.file}o")

    def quiet(self) -> None:
        """Nothing runs any more: others may build before the next job."""
        self._sizes.clear()


def _sources_of(objects: Iterable[str]) -> tuple[str, ...]:
    """``a.v`` for each ``a.vo``."""
    return tuple(name[:-1] for name in objects)


def relative(path: str, root: str) -> str:
    """A path as people know it: relative to the project where it lies inside."""
    return os.path.relpath(path, root) if path.startswith(f"{root}/") else path


def peak_of(row: JobRecord) -> int | None:
    """What a finished job needed: without page cache where that is known."""
    return row.anon_peak or row.memory_peak


def is_possible(row: JobRecord, most: int | None) -> bool:
    """Whether a row of the history says what can have been.

    A wrong one would be believed for as long as its file is not compiled again. most: bytes that
    jobs can have here, which stands for a memory-max that the row does not have.
    """
    limit = row.memory_max or most or sys.maxsize
    held, loaded = peak_of(row) or 0, row.loaded_size or 0
    return 0 <= held <= OVERSHOT * limit and 0 <= row.wall <= LONGEST and loaded >= 0


def _subject(row: JobRecord, root: str) -> Subject:
    return Subject(
        os.path.join(root, row.file),
        row.kind,
        row.source_digest or "",
        row.compiler_id or "",
        row.loaded_size,
        lean=bool(row.lean),
    )


def _record(row: JobRecord, root: str) -> Record:
    complete = row.verdict in BY_ITSELF
    return Record(_subject(row, root), peak_of(row), row.wall, complete, _course(row))


def _wanted(row: JobRecord) -> int:
    held, promised = peak_of(row) or 0, row.reservation or 0
    # More than there was is what a wrong guess had promised: it was not killed for want of that.
    return held if row.memory_max and promised > row.memory_max else max(held, promised)


def _course(row: JobRecord) -> tuple[int, ...]:
    uses = stored_list(row.course)
    return tuple(uses) if all(isinstance(use, int) for use in uses) else ()


def _loads(row: JobRecord, root: str) -> list[str]:
    return [os.path.join(root, str(name)) for name in stored_list(row.loads)]


def stored_list(text: str | None) -> list[Any]:
    """A JSON list of the history; [] for anything else."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return found if isinstance(found, list) else []
