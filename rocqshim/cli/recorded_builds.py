"""Which build is reported, and which one it is compared with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rocqshim.cli.ask import NoBroker, ask
from rocqshim.errors import UserError
from rocqshim.history import History, default_path
from rocqshim.history.place import obstacle
from rocqshim.history.problem import explained
from rocqshim.report.builds import BUILD_IT, NONE, PREVIOUS, Builds
from rocqshim.report.document import outline
from rocqshim.report.kept import read_document
from rocqshim.report.recorded import Recorded
from rocqshim.settings.model import Settings


def recorded_history(writes: bool = False) -> History | None:
    """The history; None where nothing has been recorded. Raises UserError where that is not known.

    writes: it is to be changed.
    """
    path = default_path(os.environ)
    if error := obstacle(path):
        why = explained(path, error, "read" if os.path.lexists(path) else "written")
        fact, _, hint = why.partition(". ")
        raise UserError(f"{fact}.", hint)
    if not os.path.exists(path):
        return None
    return History.open(path) if writes else History.to_read(path)


@contextmanager
def recorded_builds(settings: Settings, writes: bool = False) -> Iterator[Builds]:
    """The builds of a project. Raises UserError where there is no history that can be read.

    writes: it is to be changed.
    """
    history = recorded_history(writes)
    if history is None:
        raise UserError(NONE, BUILD_IT)
    builds = Builds(history, settings.project, str(settings.root))
    try:
        builds.check()
        yield builds
    finally:
        history.close()


def reported(builds: Builds, name: str) -> Recorded:
    """The build of this name; the newest one may still run. Raises UserError."""
    found = builds.find(name)
    return replace(found, running=builds.is_newest(found) and _runs(found))


def compared_with(builds: Builds, found: Recorded, name: str | None) -> dict[str, Any] | None:
    """The outline of the build to compare with; only ``previous`` need not be there.

    name: of a build, or of a file of ``--json``. Raises UserError.
    """
    if name is None or name == PREVIOUS:
        earlier = builds.before(found)
        return outline(earlier) if earlier else None
    if name.endswith(".json"):
        return read_document(name)
    other = builds.find(name)
    if other.build == found.build:
        fact = f"Build {found.build} would be compared with itself."
        raise UserError(fact, f"Name an earlier one: --compare-with {PREVIOUS}")
    return outline(other)


def _runs(found: Recorded) -> bool:
    """Whether the broker has jobs of it now; no broker is started for that."""
    try:
        projects = ask("status")["projects"]
    except (NoBroker, UserError):
        return False
    return any(
        project["root"] == found.root
        and project["build"]
        and project["build"]["build"] == found.build
        and bool(project["jobs"] or project["waiting"])
        for project in projects
    )
