"""``rocqshim mk``: write mk/rocq-limits.mk, or check that it is current."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.files import read_text, replace_files
from rocqshim.makefile.include import DEFAULT_PATH, render, state


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``-o FILE`` and ``--check``."""
    parser.add_argument(
        "-o",
        dest="output",
        metavar="FILE",
        help=f"the file to write (default: {DEFAULT_PATH} of the project); - is stdout",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing: exit 1 with a diff if it is stale"
    )


def run(args: argparse.Namespace) -> int:
    """Write the include, or compare it."""
    if args.output == "-" and not args.check:
        sys.stdout.write(render())
        return 0
    path = Path(args.output) if args.output else _root() / DEFAULT_PATH
    return _check(path) if args.check else _write(path)


def _root() -> Path:
    from rocqshim.settings.locate import project_for

    return Path(project_for(".", os.environ).root)


def _check(path: Path) -> int:
    name = _shown(path)
    found = read_text(path)
    if found is None:
        raise UserError(f"{name} is missing.", f"Write it with: rocqshim mk -o {name}")
    diff = difflib.unified_diff(
        found.splitlines(keepends=True), render().splitlines(keepends=True), name, "rocqshim mk"
    )
    lines = [line if line.endswith("\n") else line + "\n" for line in diff]
    sys.stdout.writelines(lines)
    return 1 if lines else 0


def _write(path: Path) -> int:
    found = read_text(path)
    # By `-o Makefile` nobody should lose a Makefile; rocq-limits.mk is ours by its name.
    if found and state(found) == "foreign" and path.name != Path(DEFAULT_PATH).name:
        fact = f"{_shown(path)} was not written by rocqshim."
        raise UserError(fact, "Remove it first, or choose another name with -o.")
    if found == render():
        print(f"{_shown(path)} is current")
        return 0
    replace_files({path: render()})
    print(f"{_shown(path)} written")
    return 0


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
