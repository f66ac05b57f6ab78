"""What tells one compiler from another: lines for a launcher that stands in its place.

dune remembers the content of the program that it runs. With a launcher in the compiler's place it
would miss that the compiler was upgraded; so the launcher's content says which one it was.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence

PATIENCE = 10  # seconds for --print-version, which takes some hundredths
COMPILERS: dict[str, list[str]] = {"coqc": [], "rocq": ["c"]}  # those that dune runs
VERSION = "version "
# From Rocq 9.0 on the compiler is not `rocq` itself: it executes this file (topbin/rocqshim.ml).
WORKER = "../rocq-runtime/rocqworker"


def identity(name: str, path: str, before: Sequence[str] = ()) -> list[str]:
    """Lines of text, without the newline: the file, and for a compiler its version and worker.

    before: these lines as they were found; if all files are still the same, so is the version,
    and no compiler is asked.
    """
    lines = [_printable(_file(path))]
    if lines == list(before[:1]) and all(map(_holds, before)):
        return list(before)
    if name in COMPILERS:
        words = [path, *COMPILERS[name]]
        lines.append(f"{VERSION}{_answer([*words, '--print-version']) or 'unknown'}")
        worker = os.path.normpath(os.path.join(_answer([*words, "-where"]), WORKER))
        lines += [_file(worker)] if os.path.exists(worker) else []
    return [_printable(line) for line in lines]


def file_of(line: str) -> str:
    """The path in a line of `identity`; "" for that of the version."""
    return "" if line.startswith(VERSION) else line.rpartition(", ")[0].rpartition(", ")[0]


def _holds(line: str) -> bool:
    path = file_of(line)
    return not path or (os.path.exists(path) and _file(path) == line)


def _file(path: str) -> str:
    """Times to the nanosecond: two compilers of one size may be made within a second."""
    found = os.stat(path)
    seconds, nanoseconds = divmod(found.st_mtime_ns, 1_000_000_000)
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(seconds))
    return f"{path}, {found.st_size} bytes, of {at}.{nanoseconds:09d} UTC"


def _answer(words: list[str]) -> str:
    """The first line that the program prints; "" where it says nothing."""
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout.partition(b"\n")[0]).strip()


def _printable(line: str) -> str:
    """Nothing of it may end the comment that it becomes."""
    return line.replace("\n", "?").replace("\r", "?")
