"""``rocqshim init``: settings and the make include for a project; safe to repeat."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rocqshim.errors import UsageError, nearest
from rocqshim.files import read_text, replace_files
from rocqshim.makefile.include import DEFAULT_PATH, render, state

PYPROJECT = "pyproject.toml"
_LEFT = {
    "current": "is current",
    "edited": "left alone: it was changed by hand, as rocqshim mk --check shows",
    "foreign": "left alone: rocqshim did not write it",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--profile``."""
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="take all limits from this profile (standard, conservative, aggressive, single)",
    )


def run(args: argparse.Namespace) -> int:
    """Write what is missing, leave alone what a person wrote, and say the next step."""
    from rocqshim.setup.hint import next_step

    _check_profile(args.profile)
    root = _root()
    _check_settings(root)
    settings, settings_word = _settings(root, args.profile)
    include, include_word = _include(root)
    replace_files({**settings, **include})
    _report(root, ((_settings_file(root), settings_word), (DEFAULT_PATH, include_word)))
    sys.stdout.write(next_step(root, Path.cwd()))
    return 0


def _root() -> Path:
    """The cwd if it has a pyproject.toml, else where [tool.rocqshim] is found upwards.

    Else the folder that this one is built from, the nearest with a makefile or the like; but not
    an outer .git, as for all other commands: a project within a repository is begun here.
    """
    from rocqshim.settings.locate import OWN_FILE, find_project
    from rocqshim.setup.hint import builds_in

    here = Path.cwd()
    if os.path.exists(PYPROJECT) or os.path.exists(OWN_FILE):
        return here
    project = find_project(".")
    if project.source:
        return Path(project.root)
    return builds_in(here, Path(project.root)) or here


def _check_profile(name: str | None) -> None:
    from rocqshim.settings.profile import BUILT_IN

    if name is None or name in BUILT_IN:
        return
    meant = nearest(name, BUILT_IN)
    fact = f"There is no built-in profile {name}."
    raise UsageError(fact, f"Did you mean {meant}?" if meant else f"Choose {', '.join(BUILT_IN)}.")


def _check_settings(root: Path) -> None:
    """Raises UserError where what is there already would have every build refused."""
    from rocqshim.settings.machine import this_machine
    from rocqshim.settings.resolve import resolve

    resolve(root, os.environ, this_machine())


def _settings(root: Path, profile: str | None) -> tuple[dict[Path, str], str]:
    from rocqshim.settings.machine import this_machine
    from rocqshim.setup.block import block
    from rocqshim.setup.pyproject import with_block

    path = root / _settings_file(root)
    is_ours = path.name != PYPROJECT
    table = "settings" if is_ours else "[tool.rocqshim]"
    text = None if is_ours else with_block(path, block(this_machine(), profile))
    if text is not None:
        return {path: text}, "[tool.rocqshim] added" if path.exists() else "written"
    if profile:
        return {}, f'left alone: set profile = "{profile}" in its {table} by hand'
    return {}, f"left alone: it has {table}"


def _settings_file(root: Path) -> str:
    from rocqshim.settings.locate import OWN_FILE

    return OWN_FILE if (root / OWN_FILE).exists() else PYPROJECT


def _include(root: Path) -> tuple[dict[Path, str], str]:
    path = root / DEFAULT_PATH
    found = read_text(path)
    if found is None:
        return {path: render()}, "written"
    if state(found) == "older":
        return {path: render()}, "brought up to date"
    return {}, _LEFT[state(found)]


def _report(root: Path, rows: tuple[tuple[str, str], ...]) -> None:
    names = [os.path.relpath(root / name) for name, _ in rows]
    for name, (_, word) in zip(names, rows, strict=True):
        print(f"{name:{max(map(len, names))}}  {word}")
