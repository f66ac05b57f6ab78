"""``rocqshim shims``: a folder of launchers under the names of the tools, for PATH."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rocqshim import shell
from rocqshim.cli.show import show
from rocqshim.errors import UserError
from rocqshim.settings.locate import project_for
from rocqshim.shims.folder import PRIVATE, Changes, clear, renew
from rocqshim.shims.tools import tools_in_path

DEFAULT = f"{PRIVATE}/bin"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``DIR`` and ``--remove``."""
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="DIR",
        help=f"the folder to fill (default: {DEFAULT} of the project, which git ignores)",
    )
    parser.add_argument("--remove", action="store_true", help="remove the launchers again")


def run(args: argparse.Namespace) -> int:
    """Fill the folder, or empty it, and say what was done. Raises UserError."""
    folder = Path(os.path.abspath(args.folder)) if args.folder else default_folder()
    if args.remove:
        show("\n".join(_removed(folder, clear(folder))))
        return 0
    tools = tools_in_path()
    if not tools:
        raise UserError(
            "PATH has no coqc and no rocq, nor any other tool to stand in for.",
            'Put it there first, for example by: eval "$(opam env)"',
        )
    show("\n".join(_filled(folder, renew(folder, tools))))
    return 0


def default_folder() -> Path:
    """Where the project's launchers are, written or not. Raises UserError for broken settings."""
    return Path(project_for(".", os.environ).root) / DEFAULT


def _filled(folder: Path, changes: Changes) -> list[str]:
    state = "written" if changes.written else "current"
    return [
        f"{_shown(folder)}: {state}: {' '.join(changes.present)}",
        *_others(changes),
        "Put it first in PATH:",
        f"  {path_line(folder)}",
    ]


def _removed(folder: Path, changes: Changes) -> list[str]:
    done = f"removed: {' '.join(changes.removed)}" if changes.removed else "nothing to remove"
    return [f"{_shown(folder)}: {done}", *_others(changes, removed=False)]


def _others(changes: Changes, removed: bool = True) -> list[str]:
    lines = []
    if removed and changes.removed:
        lines.append(f"  removed, as PATH has no such tool: {' '.join(changes.removed)}")
    if changes.foreign:
        lines.append(f"  left alone, as rocqshim did not write it: {' '.join(changes.foreign)}")
    return lines


def path_line(folder: Path) -> str:
    """The command for a shell that puts ``folder`` first in PATH."""
    return f'export PATH={shell.quote(str(folder))}:"$PATH"'


def _shown(folder: Path) -> str:
    relative = os.path.relpath(folder)
    return str(folder) if relative.startswith("..") else relative
