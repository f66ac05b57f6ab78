"""Which project a caller belongs to: settings by directory, projects by slice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from rocqshim.broker.aside import Aside, TooSlow
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
        self._told: set[str] = set()
        self._asides: dict[str, Aside] = {}  # by directory, as another's may hang

    def all(self) -> list[Project]:
        """Every project that had a job, in the order of their first."""
        return list(self._by_slice.values())

    async def settings(self, cwd: str, environ: Mapping[str, str]) -> Settings:
        """Resolve the settings for ``cwd``, anew when a file has changed.

        What was read before counts where the files cannot be looked at in time. Raises UserError,
        and TooSlow.
        """
        key = cwd, tuple(sorted(environ.items()))
        known = self._settings.get(key)
        try:
            found = await self._reading(cwd).do(lambda: _current(known, cwd, environ))
        except TooSlow:
            if known is None:
                raise
            return known
        if len(self._settings) >= KEPT:
            self._settings.clear()
        self._settings[key] = found
        return found

    def tell_once(self, note: str) -> str:
        """Give ``note`` once while this broker lives: no project, and so no build, is known."""
        is_new = note not in self._told
        self._told.add(note)
        return note if is_new else ""

    def _reading(self, cwd: str) -> Aside:
        if len(self._asides) >= KEPT:
            self._asides.clear()  # one that works ends when it has done so
        return self._asides.setdefault(cwd, Aside())

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


def _current(known: Settings | None, cwd: str, environ: Mapping[str, str]) -> Settings:
    if known is not None and is_current(known):
        return known
    return resolve(Path(cwd), environ, this_machine())
