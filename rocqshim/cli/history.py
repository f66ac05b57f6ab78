"""``rocqshim history``: the recorded builds of this project, and one of them as a trace."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, show
from rocqshim.errors import UserError
from rocqshim.history import BuildRow, History, JobRecord, default_path
from rocqshim.history.trace import trace_of
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import resolve

SHOWN = 20  # builds
HEAD = ("BUILD", "STARTED", "TIME", "JOBS", "REPEATED", "KILLED")
NONE = "No build of this project is recorded."
BUILD_IT = "Build it through rocq-exec first: rocqshim run -- make"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``export --trace FILE [--build NAME]``; without it, a list."""
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("list", help="the last builds (the default)")
    export = commands.add_parser("export", help="write one build to a file")
    export.add_argument(
        "--trace", metavar="FILE", required=True, help="the file to write; - is stdout"
    )
    export.add_argument("--build", metavar="NAME", help="which build (default: the last)")


def run(args: argparse.Namespace) -> int:
    """List the builds, or export one. Raises UserError."""
    settings = resolve(Path("."), os.environ, this_machine())
    history = _opened()
    try:
        if args.command == "export":
            _export(history, settings, args.trace, args.build)
        else:
            show(text(history.builds(str(settings.root), SHOWN)))
    finally:
        history.close()
    return 0


def text(builds: list[BuildRow]) -> str:
    """A line for each build, the newest first."""
    if not builds:
        return f"{NONE} {BUILD_IT}"
    return "\n".join(columns([HEAD, *map(_row, builds)], ""))


def _row(build: BuildRow) -> tuple[str, ...]:
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(build.started))
    # Each repeated attempt follows one that was killed, and that is no end of its job.
    killed = max(0, build.killed - build.repeated)
    counts = (build.jobs - build.repeated, build.repeated, killed)
    return build.build, started, duration(build.ended - build.started), *map(str, counts)


def _opened() -> History:
    path = default_path(os.environ)
    if not os.path.exists(path):
        raise UserError(NONE, BUILD_IT)
    history = History.open(path)
    if history.problem:
        fact, _, hint = history.problem.partition(". ")
        raise UserError(f"{fact}.", hint)
    return history


def _export(history: History, settings: Settings, file: str, build: str | None) -> None:
    rows = _rows(history, str(settings.root), build)
    document = json.dumps(trace_of(settings.project, rows), indent=1)
    if file == "-":
        sys.stdout.write(f"{document}\n")
        return
    try:
        Path(file).write_text(f"{document}\n")
    except OSError as error:
        fact = f"The trace {file} cannot be written: {error.strerror}."
        raise UserError(fact, "Choose another file: rocqshim history export --trace FILE") from None


def _rows(history: History, root: str, build: str | None) -> list[JobRecord]:
    if build is None:
        last = history.builds(root, 1)
        if not last:
            raise UserError(NONE, BUILD_IT)
        build = last[0].build
    rows = [row for row in history.jobs_of_build(build) if row.root == root]
    if not rows:
        fact = f"There is no build {build} of this project."
        raise UserError(fact, "The builds that there are: rocqshim history")
    return rows
