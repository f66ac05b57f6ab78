"""``rocqshim help [COMMAND]``: what ``--help`` prints."""

from __future__ import annotations

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command."""
    from rocqshim.__main__ import COMMANDS

    parser.add_argument(
        "about", nargs="?", metavar="COMMAND", choices=tuple(COMMANDS), help="a command of rocqshim"
    )


def run(args: argparse.Namespace) -> int:
    """Print it on stdout."""
    from rocqshim.__main__ import overview, parser_of

    if args.about == "exec":  # its words are a compiler's
        from rocqshim.launch.main import USAGE

        print(USAGE, end="")
    else:
        (parser_of(args.about) if args.about else overview()).print_help()
    return 0
