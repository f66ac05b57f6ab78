"""Which project a caller belongs to: settings by directory, projects by slice."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rocqshim.broker.aside import Aside, TooSlow
from rocqshim.broker.project import Project
from rocqshim.errors import UserError
from rocqshim.settings.locate import hides_user_file
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import is_current, resolve

KEPT = 256  # directories whose settings are remembered; dune runs in many


@dataclass(frozen=True)
class View:
    """How a caller sees the machine. cores: that it may use, 0: as we do. at: its folder, or ""."""

    cores: int = 0
    at: str = ""

    @classmethod
    def of(cls, pid: int, at: str = "") -> View:
        """That of the process ``pid``, 0 if it is not to be seen."""
        try:
            return cls(len(os.sched_getaffinity(pid)), at)
        except OSError:
            return cls(at=at)


class Unlike(Exception):
    """The caller sees other files than we do, and must read them itself."""


Key = tuple[str, tuple[tuple[str, str], ...], View]


class Projects:
    """All projects of this broker."""

    def __init__(self) -> None:
        self._settings: dict[Key, Settings] = {}
        self._by_slice: dict[str, Project] = {}
        self._told: set[str] = set()
        self._asides: dict[str, Aside] = {}  # by directory, as another's may hang

    def all(self) -> list[Project]:
        """Every project that had a job, in the order of their first."""
        return list(self._by_slice.values())

    async def settings(
        self, cwd: str, environ: Mapping[str, str], caller: View | None = None
    ) -> Settings:
        """Resolve the settings for ``cwd``, anew when a file has changed.

        What was read before counts where the files cannot be looked at in time. Raises UserError,
        TooSlow, and Unlike.
        """
        caller = caller or View()
        key = _key(cwd, environ, caller)
        known = self._settings.get(key)
        try:
            found = await self._reading(cwd).do(lambda: _current(known, cwd, environ, caller))
        except TooSlow:
            if known is None:
                raise
            return known
        self._keep(key, found)
        return found

    def sent(self, cwd: str, environ: Mapping[str, str], caller: View) -> Settings | None:
        """What a caller with this view has sent last."""
        return self._settings.get(_key(cwd, environ, caller))

    def keep_sent(
        self, cwd: str, environ: Mapping[str, str], caller: View, found: Settings
    ) -> None:
        """Keep what a caller has sent, for the next with the same view."""
        self._keep(_key(cwd, environ, caller), found)

    def _keep(self, key: Key, found: Settings) -> None:
        if len(self._settings) >= KEPT:
            self._settings.clear()
        self._settings[key] = found

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


def _key(cwd: str, environ: Mapping[str, str], caller: View) -> Key:
    return cwd, tuple(sorted(environ.items())), caller


def _current(
    known: Settings | None, cwd: str, environ: Mapping[str, str], caller: View
) -> Settings:
    """Raises Unlike where our files are not the caller's, or may not be read by us."""
    if caller.at and (_at(cwd) != caller.at or hides_user_file(environ)):
        raise Unlike
    if known is not None and is_current(known):
        return known
    machine = this_machine()
    try:
        return resolve(Path(cwd), environ, replace(machine, cores=caller.cores or machine.cores))
    except UserError as error:
        if caller.at and isinstance(error.__cause__, PermissionError):
            raise Unlike from None
        raise


def _at(folder: str) -> str:
    try:
        found = os.stat(folder)
    except OSError:
        return ""
    return f"{found.st_dev}:{found.st_ino}"
