"""``rocqshim completion SHELL``: a script that completes these commands, for bash, zsh or fish."""

from __future__ import annotations

import argparse
import sys

SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")


def run(args: argparse.Namespace) -> int:
    """Write the script to stdout."""
    sys.stdout.write(script(args.shell))
    return 0


def script(shell: str) -> str:
    """The script for one of SHELLS."""
    from rocqshim.reference.bash import bash
    from rocqshim.reference.commands import before_commands, command_lines
    from rocqshim.reference.fish import fish
    from rocqshim.reference.zsh import zsh

    render = {"bash": bash, "zsh": zsh, "fish": fish}[shell]
    return render(before_commands(), command_lines())
