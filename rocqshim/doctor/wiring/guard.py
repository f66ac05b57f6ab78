"""A folder of guards: compilers that answer probes, and that note down a job instead of doing it.

`make -n` still runs `+` recipes, lines with $(MAKE), and $(shell …). The guards stand first in
PATH, and in the place of COQBIN, so that nothing is compiled by those either.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from rocqshim.doctor.wiring.calls import PROGRAMS, Call
from rocqshim.run.compilers import GIVEN, LAUNCHER, ONE_WORD

SCRIPT = Path(__file__).with_name("_guard.py")
ENDINGS = ("", ".opt", ".byte")
# What lies beside a compiler and is called by its path: the tools of Coq, and OCaml's.
BESIDE = ("coq", "rocq", "ocamllibdep", "votour", "csdp")
# Variables in which the launcher may stand with its path.
NAMING = ("ROCQ_EXEC", *GIVEN, "TIMECMD", "COQCOMMAND")


class Guard:
    """The guards for one environment, made in ``folder``, which its maker removes."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._record = folder / "record"
        self._folder, self._launchers = folder, dict[str, str]()
        self._bin, self._own_bin = folder / "bin", folder / "coqbin"
        self._path = environ.get("PATH", os.defpath)
        self._coqbin = environ.get("COQBIN", "").rstrip("/")
        self._mirror(self._bin, self._in_path)
        if self._coqbin:
            self._mirror(self._own_bin, lambda name: f"{self._coqbin}/{name}")

    def environ(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` with the guards before all else; the launcher passes everything on."""
        guarded = {**environ, "PATH": f"{self._bin}:{self._path}", "ROCQSHIM_ENFORCE": "off"}
        if self._coqbin:
            guarded["COQBIN"] = f"{self._own_bin}/"
        for name in NAMING:
            if name in guarded:
                guarded[name] = self._relaunched(guarded[name])
        return guarded

    def real(self, text: str) -> str:
        """``text`` with the names that it has without guards."""
        for folder, name in ((self._own_bin, self._coqbin), (self._bin, "")):
            text = text.replace(f"{folder}/", f"{name}/" if name else "")
        for guard, launcher in self._launchers.items():
            text = text.replace(guard, launcher)
        return text

    def noted(self) -> list[Call]:
        """The jobs that would have been run."""
        if not self._record.exists():
            return []
        lines = self._record.read_text("utf-8", "surrogateescape").splitlines()
        return [self._call(*json.loads(line)) for line in lines]

    def _call(self, program: str, file: str, is_wrapped: bool, text: str) -> Call:
        return Call(self.real(program), file, is_wrapped, self.real(text))

    def _relaunched(self, value: str) -> str:
        words = value.replace('"', "").replace("'", "").split()
        one = next((word for word in words if ONE_WORD in word), "")
        if one:
            return value.replace(one, self._for_launcher(one))
        found = next((word for word in words if os.path.basename(word) == LAUNCHER), "")
        return value.replace(found, f"{self._bin}/{LAUNCHER}") if "/" in found else value

    def _for_launcher(self, launcher: str) -> str:
        # Still one that makefiles and the include take for a launcher.
        folder = Path(f"{self._folder}{ONE_WORD}guard-{len(self._launchers)}")
        folder.mkdir(parents=True)
        path = folder / os.path.basename(launcher)
        self._guard(path, launcher)
        self._launchers[str(path)] = launcher
        return str(path)

    def _in_path(self, name: str) -> str:
        return shutil.which(name, path=self._path) or ""

    def _mirror(self, folder: Path, find: Callable[[str], str]) -> None:
        folder.mkdir(parents=True)
        names = (LAUNCHER, *(f"{name}{end}" for name in sorted(PROGRAMS) for end in ENDINGS))
        found = {name: find(name) for name in names}
        existing = {name: real for name, real in found.items() if os.access(real, os.X_OK)}
        for name, real in existing.items():
            self._guard(folder / name, real)
        for place in {os.path.dirname(real) for real in existing.values()}:
            _link_beside(folder, place)

    def _guard(self, path: Path, real: str) -> None:
        words = [sys.executable, "-IS", str(SCRIPT), str(self._record), real]
        path.write_bytes(os.fsencode(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n'))
        path.chmod(0o755)


def _link_beside(folder: Path, place: str) -> None:
    for name in os.listdir(place):
        target = folder / name
        is_guarded = name == LAUNCHER or name.partition(".")[0] in PROGRAMS
        if name.startswith(BESIDE) and not is_guarded and not target.is_symlink():
            target.symlink_to(os.path.join(place, name))
