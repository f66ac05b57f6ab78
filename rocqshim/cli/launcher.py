"""``rocqshim launcher``: one launcher under a tool's name, as a file; a rule of dune makes it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rocqshim.errors import UserError
from rocqshim.files import replace_file, target_of
from rocqshim.launch.search import programs, without_links
from rocqshim.shims.folder import launcher


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The tool's name and ``-o``."""
    parser.add_argument("tool", metavar="TOOL", help="coqc or rocq; the one in PATH is behind it")
    parser.add_argument("-o", metavar="FILE", dest="file", help="write FILE, executable")


def run(args: argparse.Namespace) -> int:
    """Print the launcher, or write it. Raises UserError."""
    found = programs(args.tool)
    if not found:
        fact = f"PATH has no {args.tool} that is no launcher."
        raise UserError(fact, "Install it, or put its folder into PATH.")
    text = launcher(args.tool, without_links(os.path.abspath(found[0])))
    if args.file is None:
        sys.stdout.buffer.write(text)
    else:
        _write(Path(args.file), text)
    return 0


def _write(path: Path, text: bytes) -> None:
    try:
        path.parent.mkdir(exist_ok=True)  # docs/dune.md: a folder for launchers alone
        _place(path, text)
    except OSError as error:
        fact = f"{path} cannot be written: {error.strerror}."
        raise UserError(fact, "Choose another file: rocqshim launcher TOOL -o FILE") from None


def _place(path: Path, text: bytes) -> None:
    """Whole or not at all, and in the place of a link, which may lead to the tool itself.

    What is no file, as a pipe or a device, is written to, and so is what our caller has open.
    """
    if path.exists() and not target_of(str(path)):
        path.write_bytes(text)
        return
    replace_file(path, text, 0o755)
