"""``rocqshim history``: recorded builds, one file over builds, a trace, and what is forgotten."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from rocqshim.cli import prune
from rocqshim.cli.file_history import show_file
from rocqshim.cli.moment import ALLOWED, moment
from rocqshim.cli.recorded_builds import recorded_builds
from rocqshim.cli.show import show
from rocqshim.cli.whole_file import write_whole
from rocqshim.errors import UsageError
from rocqshim.history import ALL
from rocqshim.history.listing import builds_text
from rocqshim.history.table import BUILD_FIELDS, as_csv, as_json, build_fields
from rocqshim.history.trace import trace_of
from rocqshim.report.builds import BUILD_IT, LAST, NONE, Builds
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import resolve

SHOWN = 20  # builds, or attempts at a file
# The options that each may have; "" is a FILE.
OPTIONS = {
    "list": ("since", "json", "csv"),
    "": ("since", "json", "csv"),
    "export": ("trace", "build"),
    "prune": ("keep", "older_than", "all", "every_project"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One word, ``list`` (as without any), ``export``, ``prune`` or a file, and its options."""
    parser.add_argument(
        "what", nargs="?", default="list", metavar="FILE",
        help="one file over builds; or the word list (the default), export or prune",
    )  # fmt: skip
    option = parser.add_argument
    option("--since", metavar="TIME", type=_moment, help=f"list: only what is newer: {ALLOWED}")
    option("--json", action="store_true", help="list: print JSON instead of text")
    option("--csv", action="store_true", help="list: print CSV instead of text")
    option("--trace", metavar="FILE", help="export: the file to write; - is stdout")
    option("--build", metavar="NAME", help="export: which build (default: the last)")
    option("--keep", metavar="N", type=_count, help="prune: forget all builds but the last N")
    option(
        "--older-than", metavar="TIME", type=_moment,
        help="prune: forget the builds that are older: 30d, or a date",
    )  # fmt: skip
    option("--all", action="store_true", help="prune: forget every build")
    option("--every-project", action="store_true", help="prune: not of this project alone")


def run(args: argparse.Namespace) -> int:
    """Show, export or forget. Raises UserError."""
    _check(args)
    settings = resolve(Path("."), os.environ, this_machine())
    with recorded_builds(settings, writes=args.what == "prune") as builds:
        if args.what == "export":
            _export(builds, args.trace, args.build)
        elif args.what == "prune":
            prune.prune(builds, None if args.every_project else str(settings.root), args)
        elif args.what == "list":
            _list(builds, settings, args)
        else:
            show_file(builds, settings, args)
    return 0


def _moment(text: str) -> float:
    try:
        return moment(text, time.time())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {ALLOWED}") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of builds")
    return int(text)


def _check(args: argparse.Namespace) -> None:
    """An option of another word is refused, as it would do nothing. Raises UsageError."""
    word = args.what if args.what in OPTIONS else ""
    given = {name: value for name, value in vars(args).items() if name != "what"}
    for name, value in given.items():
        if value not in (None, False) and name not in OPTIONS[word]:
            known = " ".join(f"--{each.replace('_', '-')}" for each in OPTIONS[word])
            fact = f"--{name.replace('_', '-')} is not for rocqshim history {word or 'FILE'}."
            raise UsageError(fact, f"It has: {known}")
    if args.json and args.csv:
        raise UsageError("--json and --csv exclude each other.", "Choose one of them.")
    if word == "export" and not args.trace:
        hint = "For example: rocqshim history export --trace build.json"
        raise UsageError("There is no file to write the trace to.", hint)
    if word == "prune":
        prune.check(args)


def _list(found: Builds, settings: Settings, args: argparse.Namespace) -> None:
    whole = args.json or args.csv or args.since is not None
    builds = found.history.builds(found.root, ALL if whole else SHOWN, args.since or 0.0)
    found.check()
    rows = [build_fields(build) for build in builds]
    about = {"project": settings.project, "root": str(settings.root)}
    if args.json:
        show(as_json(about, "builds", rows))
    elif args.csv:
        sys.stdout.write(as_csv(BUILD_FIELDS, rows))
    elif builds:
        show(builds_text(builds))
    elif args.since is not None:
        show("No build of this project is as new as that. All of them: rocqshim history")
    else:
        show(f"{NONE} {BUILD_IT}")


def _export(builds: Builds, file: str, build: str | None) -> None:
    rows = builds.find(build or LAST).rows
    document = json.dumps(trace_of(builds.project, rows), indent=1)
    write_whole(file, document, "trace", "rocqshim history export --trace")
