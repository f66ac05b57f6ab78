"""The size of all that a job loads, from the ``.vo`` files as they are; each asked for once."""

from __future__ import annotations

import os
from collections.abc import Iterable


class Sizes:
    """Sizes of compiled files in bytes; 0 for one that is not there."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def total(self, paths: Iterable[str], kind: str) -> int:
        """The bytes of ``paths`` together, as a job of ``kind`` (``vo``, ``vos``…) loads them."""
        known, total = self._known, 0
        ending = "s" if kind in ("vos", "vok") else ""
        for path in paths:
            name = path + ending
            size = known.get(name)
            if size is None:
                size = known[name] = _size(name) or _size(path)  # an empty .vos: "load the .vo"
            total += size
        return total

    def forget(self, target: str) -> None:
        """A job has written ``target`` (``.vo``) anew."""
        self._known.pop(target, None)
        self._known.pop(f"{target}s", None)

    def clear(self) -> None:
        """Ask for all of them again: somebody else may have built since."""
        self._known.clear()


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
