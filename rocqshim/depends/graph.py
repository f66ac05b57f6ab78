"""Who loads whom in one project, as its dependency files say; read again when they change."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from rocqshim.depends.places import places
from rocqshim.depends.rules import Loads, loads_of
from rocqshim.regular import read_regular

LARGEST = 32 << 20  # bytes of a dependency file; more is none
# Of one project; what is beyond is not known. The largest that is public has some 1,500 files, and
# each names a few dozen. Walking through so much takes a tenth of a second.
MOST_FILES = 10_000
MOST_NEEDS = 200_000
MOST_OF_ONE = 2_000
FRESH = 1.0  # seconds for which a folder is not looked through again, nor a file stat'ed
Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class _Read:
    stamp: Stamp
    loads: Loads  # as written


class Graph:
    """The ``.vo`` files of a project by absolute path, with those that each needs directly."""

    def __init__(self) -> None:
        self.loads: Loads = {}
        self._read: dict[str, _Read] = {}
        self._used: dict[tuple[str, str], Stamp] = {}  # a dependency file at a base: its stamp
        self._needs = 0
        self._looked: dict[tuple[str, str], float] = {}

    def learn(self, cwd: str, source: str) -> list[str]:
        """Read what there is about ``source`` (absolute), compiled in ``cwd``.

        Gives the targets that are new, or loaded others before. Costs some stat() calls where
        nothing has changed. A file with all rules of a project is read with the first of its jobs.
        """
        target = f"{source.removesuffix('.v')}.vo"
        key = cwd, source
        now = time.monotonic()
        if target in self.loads and now - self._looked.get(key, -FRESH) < FRESH:
            return []
        self._looked[key] = now
        new: list[str] = []
        for path in places(cwd, source):
            new += self._learn(path, cwd, target)
        return new

    def _learn(self, path: str, cwd: str, target: str) -> list[str]:
        found = self._rules(path)
        if found is None:
            return []
        base = _base(path, cwd, target, found.loads)
        if base is None or self._used.get((path, base)) == found.stamp:
            return []
        self._used[path, base] = found.stamp
        absolute = _Absolute(base)
        loads = {
            absolute(name): tuple(map(absolute, needed)) for name, needed in found.loads.items()
        }
        new = [target for target, needed in loads.items() if self.loads.get(target) != needed]
        if not self._has_room(new, loads):
            return []
        self.loads.update(loads)
        self._needs += sum(len(loads[target]) for target in new)
        return new

    def _has_room(self, new: list[str], loads: Loads) -> bool:
        files = len(self.loads) + sum(target not in self.loads for target in new)
        needs = [len(loads[target]) for target in new]
        is_too_much = files > MOST_FILES or self._needs + sum(needs) > MOST_NEEDS
        return not is_too_much and max(needs, default=0) <= MOST_OF_ONE

    def _rules(self, path: str) -> _Read | None:
        stamp = _stamp(path)
        if stamp is None or stamp[1] > LARGEST:
            return None
        known = self._read.get(path)
        if known is None or known.stamp != stamp:
            known = self._read[path] = _Read(stamp, loads_of(_text(path)))
        return known

    def closure(self, target: str) -> set[str]:
        """Everything that is loaded for ``target``, itself not; cycles do no harm."""
        found: set[str] = set()
        waiting = list(self.loads.get(target, ()))
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.loads.get(name, ())
        found.discard(target)
        return found


class _Absolute(dict[str, str]):
    """The absolute path for a name below a base; each is worked out once."""

    def __init__(self, base: str) -> None:
        self._base = base

    def __call__(self, name: str) -> str:
        path = self.get(name)
        if path is None:
            path = self[name] = os.path.normpath(os.path.join(self._base, name))
        return path


def _base(path: str, cwd: str, target: str, loads: Loads) -> str | None:
    """The folder in which the rules of ``path`` were written: where they speak of ``target``.

    make's is the cwd; dune calls coqdep in the folder of the theory, and the compiler above it.
    """
    folder = os.path.dirname(path)
    tried = [cwd, folder]
    while len(tried) < 16 and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        tried.append(folder)
    for base in tried:
        name = os.path.relpath(target, base)
        if name in loads or f"./{name}" in loads or target in loads:
            return base
    return None


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text(path: str) -> str:
    try:
        return read_regular(path, LARGEST).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
