"""What a job's peak depends on: its source, and which compiler it really is.

Both are looked at with each job, and read again only when a stat() says that they have changed.
"""

from __future__ import annotations

import glob
import hashlib
import os
from dataclasses import dataclass

from rocqshim.regular import read_regular

Stamp = tuple[int, int, int]

LARGEST = 64 << 20  # bytes; what is larger is no source, and is not read
KEPT = 100_000  # files that are remembered
# Where the worker of `rocq` lies, which that executes in its place (since 9.0): opam, Debian. Each
# pattern has a fixed depth: a `**` would walk through all of /usr/lib, here for minutes.
_WORKERS = (
    "../lib/rocq-runtime/rocqworker",
    "../lib/ocaml/*/rocq-runtime/rocqworker",
    "../lib/*/ocaml/*/rocq-runtime/rocqworker",
)


@dataclass(frozen=True)
class Source:
    """The file that is compiled: bytes, and a digest of them ("" where it cannot be read).

    parallel: it has a ``par:``, so its compiler may start workers.
    """

    size: int
    digest: str
    parallel: bool = False


class Sources:
    """Digests of sources, by path."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Stamp, Source]] = {}

    def of(self, path: str) -> Source:
        """The source at ``path``; an empty one where there is none."""
        stamp = _stamp(path)
        if stamp is None or stamp[1] > LARGEST:
            return Source(stamp[1] if stamp else 0, "")
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = self._known[path] = stamp, _read(path, stamp[1])
        return known[1]


class Compilers:
    """The identity of compilers, by the path that the launcher executes."""

    def __init__(self) -> None:
        self._workers: dict[str, str] = {}

    def identity(self, path: str) -> str:
        """``PATH SIZE MTIME`` of what really runs; "" where it is not there.

        ``rocq`` becomes ``rocqworker``, which holds the compiler.
        """
        if path not in self._workers:
            self._workers[path] = _worker(os.path.realpath(path)) if path else ""
        worker = self._workers[path]
        stamp = _stamp(worker) if worker else None
        return f"{worker} {stamp[1]} {stamp[0] // 10**9}" if stamp else ""


def _worker(real: str) -> str:
    if os.path.basename(real) not in ("rocq", "coqc", "rocqc"):
        return real
    folder = os.path.dirname(real)
    for pattern in _WORKERS:
        for found in sorted(glob.glob(os.path.join(glob.escape(folder), pattern))):
            if _stands_for(real, found):
                return os.path.realpath(found)
    return real


def _stands_for(real: str, worker: str) -> bool:
    """The coqc of 9.x is a small program that executes the worker; before, it is the compiler."""
    ours, other = _stamp(real), _stamp(worker)
    if ours is None or other is None:
        return False
    return os.path.basename(real) == "rocq" or ours[1] < other[1]


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: str, size: int) -> Source:
    try:
        text = read_regular(path, LARGEST)
    except OSError:
        return Source(size, "")
    digest = hashlib.blake2b(text, digest_size=8).hexdigest()
    return Source(size, digest, b"par:" in text or b"par :" in text)
