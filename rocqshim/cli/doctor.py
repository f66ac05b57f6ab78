"""``rocqshim doctor``: what this machine can enforce, and the command that mends the rest."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from rocqshim.cli.show import columns, show
from rocqshim.doctor.check import OK, SKIPPED, Check, worst
from rocqshim.doctor.host import Host
from rocqshim.doctor.table import examine

JSON_VERSION = 1
CONCLUSIONS = (
    "all is well",
    "limits are enforced, but for what is degraded above",
    "limits cannot be enforced as they were asked for",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print all checks; 0 all is well, 1 something is degraded, 2 limits cannot be enforced."""
    checks = examine(Host())
    show(json_text(checks) if args.json else text(checks))
    return worst(checks)


def text(checks: list[Check]) -> str:
    """A line for each check, and below what is not well what it means and what mends it."""
    heads = columns([(check.status, check.name, check.found) for check in checks])
    indent = " " * columns([(check.status, check.name, "|") for check in checks])[0].index("|")
    lines = []
    for check, head in zip(checks, heads, strict=True):
        lines.append(head)
        if check.status not in (OK, SKIPPED):
            lines += [f"{indent}means: {line}" for line in check.means.splitlines()]
            lines += [f"{indent}mend:  {line}" for line in check.mend.splitlines()]
    return "\n".join([*lines, "", CONCLUSIONS[worst(checks)]])


def json_text(checks: list[Check]) -> str:
    """The checks as they are; ``exit`` is the exit status."""
    document = {
        "version": JSON_VERSION,
        "exit": worst(checks),
        "checks": [asdict(check) for check in checks],
    }
    return json.dumps(document, indent=2)
