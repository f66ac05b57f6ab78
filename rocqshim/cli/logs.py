"""``rocqshim logs``: what the broker did, from the journal or from its file.

A broker that systemd runs writes to the journal if its user may read that, any other to a file in
the folder of the history.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from rocqshim.broker.log import log_path, may_read_journal
from rocqshim.broker.main import has_manager, unit_name
from rocqshim.cli.ask import NoBroker, ask, place
from rocqshim.cli.logfile import follow, last_lines
from rocqshim.cli.moment import ALLOWED, moment
from rocqshim.errors import UsageError, UserError
from rocqshim.history.place import obstacle

SHOWN = 50  # lines, where nothing says how many


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``-n``, ``-f`` and ``--since``."""
    parser.add_argument("-n", "--lines", metavar="N", type=_count, help="the last N lines")
    parser.add_argument("-f", "--follow", action="store_true", help="go on as there are more")
    parser.add_argument("--since", metavar="TIME", help='what is newer: "10 min", "today", "14:30"')


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of lines")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Print the log. Raises UserError."""
    since = _since(args.since) if args.since else None
    lines = SHOWN if args.lines is None and since is None else args.lines
    path = _file()
    if path is None:
        _journal(_options(lines, since, args.follow))
    else:
        _show(Path(path), lines, since, args.follow)
    return 0


def _since(text: str) -> float:
    try:
        return moment(text)
    except ValueError:
        raise UsageError(f"--since {text!r} is no time.", f"Say one of {ALLOWED}.") from None


def _file() -> str | None:
    """The file; None is the journal. Without a broker that answers, wherever the last one was."""
    try:
        found: str | None = ask("status", [("all", "1")])["broker"].get("log")
    except (NoBroker, UserError):  # one that hangs, too: the log may say why
        path = log_path(os.environ)
        is_journal = has_manager() and may_read_journal()
        return None if is_journal and (_has_entries() or not os.path.exists(path)) else path
    return found


def _command() -> list[str]:
    # Not only `--user`, which leaves out journals that are not split by user (volatile ones).
    return [
        "journalctl",
        f"--user-unit={unit_name(place())}",
        "--no-pager",
        "-q",
        "-o",
        "short-iso",
    ]


def _has_entries() -> bool:
    try:
        done = subprocess.run([*_command(), "-n", "1"], capture_output=True, check=False)
    except OSError:
        return False
    return bool(done.stdout.strip())


def _options(lines: int | None, since: float | None, follows: bool) -> list[str]:
    chosen = [] if lines is None else ["-n", str(lines)]
    if since is not None:
        chosen += ["--since", f"@{since:.0f}"]
    if follows:
        chosen += ["-f", *([] if lines is not None else ["--no-tail"])]
    return chosen


def _journal(options: list[str]) -> None:
    sys.stdout.flush()
    try:
        os.execvp("journalctl", [*_command(), *options])
    except OSError as error:
        fact = f"The broker logs to the journal, and journalctl cannot be run: {error.strerror}."
        raise UserError(fact, "Put journalctl into PATH; it comes with systemd.") from None


def _show(path: Path, lines: int | None, since: float | None, follows: bool) -> None:
    out = sys.stdout.buffer
    shown, file = last_lines(path, lines, since)
    if not shown and not follows:
        error = obstacle(str(path))
        why = f": {error.strerror}" if error else ""
        print(f"Nothing of that is logged in {path}{why}.", file=sys.stderr)
    out.writelines(shown)
    out.flush()
    if follows:
        for data in follow(path, file):
            out.write(data)
            out.flush()
