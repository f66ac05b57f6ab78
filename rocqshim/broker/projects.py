"""Which project a caller belongs to: settings by directory, projects by slice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from rocqshim.broker.project import Project
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import is_current, resolve

KEPT = 256  # directories whose settings are remembered; dune runs in many


class Projects:
    """All projects of this broker."""

    def __init__(self) -> None:
        self._settings: dict[tuple[str, tuple[tuple[str, str], ...]], Settings] = {}
        self._by_slice: dict[str, Project] = {}

    def all(self) -> list[Project]:
        """Every project that had a job, in the order of their first."""
        return list(self._by_slice.values())

    def settings(self, cwd: str, environ: Mapping[str, str]) -> Settings:
        """Resolve the settings for ``cwd``, anew when a file has changed. Raises UserError."""
        key = cwd, tuple(sorted(environ.items()))
        known = self._settings.get(key)
        if known is None or not is_current(known):
            if len(self._settings) >= KEPT:
                self._settings.clear()
            known = self._settings[key] = resolve(Path(cwd), environ, this_machine())
        return known

    def project(self, settings: Settings) -> Project:
        """Give the project whose slice these settings name.

        Two projects with a directory of the same name get a slice each; two that set ``slice``
        to the same name share it.
        """
        name = settings.slice.value
        is_shared = settings.slice.origin.is_chosen
        return self.named(name if is_shared else self._own(name, settings), settings)

    def named(self, name: str, settings: Settings) -> Project:
        """Give the project of the slice ``name``, in which an earlier broker started a job."""
        return self._by_slice.setdefault(name, Project(name, settings))

    def around(self, cwd: str) -> list[Project]:
        """Give the projects with jobs in whose folder ``cwd`` is, whatever its settings are now."""
        return [
            project
            for project in self.all()
            if project.jobs and f"{cwd}/".startswith(f"{str(project.settings.root).rstrip('/')}/")
        ]

    def _own(self, name: str, settings: Settings) -> str:
        digest = hashlib.sha256(os.fsencode(settings.root)).hexdigest()[:6]
        longer = f"{name.removesuffix('.slice')}_{digest}.slice"
        known = self._by_slice.get(name)
        is_taken = known is not None and known.settings.root != settings.root
        return longer if is_taken or longer in self._by_slice else name
