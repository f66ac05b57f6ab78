"""``rocqshim top``: a live view of what runs, waits and has ended.

It never starts a broker. ``--once``: one frame as text, for a script or a pipe.
"""

from __future__ import annotations

import argparse
import os
import shutil
import time

from rocqshim.cli.ask import NoBroker, ask
from rocqshim.cli.show import show
from rocqshim.errors import UserError
from rocqshim.top.asker import nobody
from rocqshim.top.frame import plain
from rocqshim.top.state import Look, State

APART = 0.5  # seconds between the two looks that make a rate
WIDE = 100  # columns where there is no terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--all`` and ``--once``."""
    parser.add_argument("--all", action="store_true", help="every project of yours")
    parser.add_argument("--once", action="store_true", help="print one frame as text, and end")


def run(args: argparse.Namespace) -> int:
    """Show the view, or print one frame. Raises UserError."""
    state = State(_here(), everything=args.all, interactive=not args.once)
    if state.interactive:
        return _view(state)
    show(plain(_look(), state, shutil.get_terminal_size((WIDE, 0)).columns))
    return 0


def _here() -> str:
    try:
        return os.path.realpath(os.getcwd())
    except OSError:  # it was removed
        return ""


def _view(state: State) -> int:
    try:
        from rocqshim.top.live import view
    except ImportError as error:  # a Python that was built without ncurses
        fact = f"This Python has no curses: {error}."
        raise UserError(fact, "Say: rocqshim top --once, or use another Python.") from None
    return view(state)


def _look() -> Look:
    try:
        before = ask("status", [("all", "1")])
        time.sleep(APART)
        return Look(ask("status", [("all", "1")]), before)
    except NoBroker:
        return Look(problem=nobody())
