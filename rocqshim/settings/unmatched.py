"""``[[files]]`` rules that match no file of their project: a slip that changes nothing, silently.

The project is walked for it, so commands look and the broker does not.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from rocqshim.errors import nearest
from rocqshim.settings.files import matches
from rocqshim.settings.model import FileRule, Settings

PATIENCE = 2.0  # seconds; what is not known by then is not said
NAMED = 2000  # sources among which the nearest name is looked for
_COPIES = ("_build", "_opam")  # of sources, and of others' packages


def unmatched_rules(settings: Settings) -> tuple[str, ...]:
    """A warning for each rule of the project's own file that matches nothing there is.

    Those of the user's file are for all projects.
    """
    root = str(settings.root)
    rules = [rule for rule in settings.files if os.path.dirname(rule.origin.path) == root]
    deadline = time.monotonic() + PATIENCE
    sources: list[str] = []
    for file in _files(root) if rules else ():
        rules = [rule for rule in rules if not matches(rule.match, file)]
        if not rules or time.monotonic() > deadline:
            return ()
        if file.endswith(".v") and len(sources) < NAMED:
            sources.append(file)
    return tuple(_warning(rule, sources) for rule in rules)


def _files(root: str) -> Iterator[str]:
    """Paths below ``root``, links followed, each folder once; hidden ones and copies left out."""
    folders, known = [""], set()
    while folders:
        folder = folders.pop()
        try:
            found = os.stat(os.path.join(root, folder))
            entries = list(os.scandir(os.path.join(root, folder)))
        except OSError:
            continue  # it may not be read, or has just been removed
        if (found.st_dev, found.st_ino) in known:
            continue
        known.add((found.st_dev, found.st_ino))
        for entry in entries:
            path = os.path.join(folder, entry.name)
            if not entry.is_dir():
                yield path
            elif not entry.name.startswith(".") and entry.name not in _COPIES:
                folders.append(path)


def _warning(rule: FileRule, sources: list[str]) -> str:
    name = os.path.basename(rule.match).removesuffix(".v")
    same = [file for file in sources if os.path.basename(file) == f"{name}.v"]
    meant = same[0] if same else nearest(rule.match, sources)
    hint = f'; did you mean "{meant}"?' if meant else ""
    return f'{rule.origin}: no file of the project matches "{rule.match}"{hint}'
