"""``rocqshim wrapper``: a script in the place of a compiler, for dune and whoever needs a file."""

from __future__ import annotations

import argparse
import os
import sys

from rocqshim.cli.installed import rocq_exec
from rocqshim.errors import UserError
from rocqshim.wrapper import find_real, wrapper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The compiler's name, ``-o`` and ``--real``."""
    parser.add_argument("name", metavar="NAME", help="coqc, rocq, coqchk …")
    parser.add_argument("-o", metavar="FILE", dest="file", help="write FILE, executable")
    parser.add_argument("--real", metavar="PATH", help="the compiler behind it, not that of PATH")


def run(args: argparse.Namespace) -> int:
    """Print the script, or write it. Raises UserError."""
    name = os.path.basename(args.name)
    real = find_real(args.real or args.name, os.environ)
    text = wrapper(name, real, rocq_exec())
    if args.file is None:
        sys.stdout.write(text)
    else:
        _write(args.file, text)
    return 0


def _write(path: str, text: str) -> None:
    """Whole or not at all: a build may be running with the old one."""
    aside = f"{path}.new-{os.getpid()}"
    try:
        with open(aside, "w") as file:
            file.write(text)
        os.chmod(aside, 0o755)
        os.replace(aside, path)
    except OSError as error:
        fact = f"{path} cannot be written: {error.strerror}."
        raise UserError(fact, "Choose another file: rocqshim wrapper NAME -o FILE") from None
