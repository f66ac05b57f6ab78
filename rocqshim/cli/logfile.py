"""Reading the broker's log file, also while it is written and moved (broker/log.py)."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from rocqshim.broker.log import EARLIER

PAUSE = 0.2  # seconds between two looks for more
STAMP = "%Y-%m-%dT%H:%M:%S%z"


def last_lines(
    path: Path, count: int | None, since: float | None
) -> tuple[list[bytes], BinaryIO | None]:
    """The last lines, None for all of them; and the open file, at its end. since: Unix time."""
    earlier, file = _open(Path(f"{path}{EARLIER}")), _open(path)
    lines = [line for each in (earlier, file) if each for line in each.readlines()]
    if earlier:
        earlier.close()
    if since is not None:
        lines = list(_from(lines, since))
    return lines if count is None else lines[len(lines) - min(count, len(lines)) :], file


def _from(lines: list[bytes], since: float) -> Iterator[bytes]:
    """Those that are not older; a line without a time is as old as the one before it."""
    is_new = False
    for line in lines:
        stamp = _stamp(line)
        is_new = is_new if stamp is None else stamp >= int(since)
        if is_new:
            yield line


def _stamp(line: bytes) -> float | None:
    from datetime import datetime

    with contextlib.suppress(ValueError):
        return datetime.strptime(line.split(b" ", 1)[0].decode(), STAMP).timestamp()
    return None


def follow(path: Path, file: BinaryIO | None) -> Iterator[bytes]:
    """What is written into ``file`` from now on, for ever; then into the one that replaces it."""
    while True:
        if file is not None and (data := file.read()):
            yield data
            continue
        if _is_moved(file, path):
            if file is not None:
                yield file.read()  # between our last look and its move
            file = _open(path)
            continue
        time.sleep(PAUSE)


def _open(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except OSError:
        return None


def _is_moved(file: BinaryIO | None, path: Path) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return file is None or os.fstat(file.fileno()).st_ino != found.st_ino
