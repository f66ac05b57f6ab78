"""``rocqshim report``: what a build did, as a table, a page, a trace or JSON; and gates for CI."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from rocqshim.cli.recorded_builds import compared_with, recorded_builds, reported
from rocqshim.cli.show import show
from rocqshim.cli.whole_file import STDOUT, write_whole
from rocqshim.errors import UsageError, UserError
from rocqshim.report import gates
from rocqshim.report.builds import LAST
from rocqshim.report.document import Document, document
from rocqshim.report.table import text
from rocqshim.settings import quantity
from rocqshim.settings.found import BadValue
from rocqshim.settings.machine import this_machine
from rocqshim.settings.refusal import bad_option
from rocqshim.settings.resolve import resolve

NOT_YET = "this is the one before it"
MOST = 100.0  # times; 10000%
NONE_ALIKE = "no earlier build compiled half of the same files: nothing to compare with"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which build, in which form, and what may not be."""
    parser.add_argument("--build", metavar="ID", default=LAST, help="which build (default: last)")
    parser.add_argument("--html", metavar="FILE", help="write one HTML page; - is stdout")
    parser.add_argument("--trace", metavar="FILE", help="write a trace for Perfetto; - is stdout")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "--fail-if-peak", metavar="SIZE", help="status 1 if a file had more memory, as 8G"
    )
    parser.add_argument(
        "--compare-with", metavar="BUILD", help="a build, last, previous, or a file of --json"
    )
    parser.add_argument(
        "--max-growth", metavar="N%", help="status 1 if a file grew by more in time or memory"
    )


def run(args: argparse.Namespace) -> int:
    """Print or write the report; 1 if a gate does not hold. Raises UserError."""
    settings = resolve(Path("."), os.environ, this_machine())
    limit, share = _limit(args.fail_if_peak), _share(args.max_growth)
    _check_outputs(args)
    with recorded_builds(settings) as builds:
        found = reported(builds, args.build)
        before = compared_with(builds, found, args.compare_with)
        newer = builds.newer_without_job(found) if args.build == LAST else None
    if newer:
        print(f"of build {newer}, which is newer, no job has ended: {NOT_YET}", file=sys.stderr)
    made = document(found, before)
    _give(made, args)
    failed = _judge(made, limit, share)
    for line in failed:
        print(line, file=sys.stderr)
    return 1 if failed else 0


def _give(made: Document, args: argparse.Namespace) -> None:
    if args.html:
        from rocqshim.report.page import page

        write_whole(args.html, page(made), "page", "--html")
    if args.trace:
        from rocqshim.report.chrome_trace import trace_text

        write_whole(args.trace, trace_text(made), "trace", "--trace")
    if args.json:
        show(json.dumps(made, indent=1))
    elif not args.html and not args.trace:
        show(text(made))


def _check_outputs(args: argparse.Namespace) -> None:
    if [args.html, args.trace, "-" if args.json else ""].count(STDOUT) > 1:
        fact = "Only one of --html, --trace and --json can go to stdout."
        raise UsageError(fact, "Name a file for the others: --html report.html")
    if args.html and args.trace and os.path.realpath(args.html) == os.path.realpath(args.trace):
        fact = f"--html and --trace would both be written to {args.html}."
        raise UsageError(fact, "Name two files: --html report.html --trace trace.json")


def _judge(made: Document, limit: int | None, share: float | None) -> list[str]:
    """Lines of what does not hold."""
    failed: list[str] = []
    if limit is not None:
        if not gates.is_measured(made):
            raise UserError(
                f"The memory of no job of build {made['build']} is known.",
                "See what this machine can measure: rocqshim doctor",
            )
        for line in gates.unmeasured(made):
            print(line, file=sys.stderr)
        failed += gates.over_peak(made, limit)
    if share is not None and made["previous"] is None:
        print(NONE_ALIKE, file=sys.stderr)
    elif share is not None:
        failed += gates.grown(made, share)
    return failed


def _limit(text: str | None) -> int | None:
    try:
        return None if text is None else quantity.expected(text, this_machine())
    except BadValue as bad:
        raise bad_option("--fail-if-peak", text, bad) from None


def _share(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        share = float(text.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= MOST:
        raise bad_option("--max-growth", text, BadValue("is no such share", "0% to 10000%"))
    return share
