"""``rocqshim doctor``: what this machine can enforce, and the command that mends the rest."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict

from rocqshim import shell
from rocqshim.cli.show import columns, show
from rocqshim.doctor.check import DEGRADED, FAILED, SKIPPED, Check, worst
from rocqshim.doctor.ending import tidy
from rocqshim.doctor.host import Host
from rocqshim.doctor.table import examine
from rocqshim.errors import UsageError

JSON_VERSION = 1
CONCLUSIONS = (
    "all is well",
    "limits are enforced, and something is missing",
    "limits cannot be enforced as they were asked for",
)
WIRING_CONCLUSIONS = (
    "every compiler call that was seen is limited",
    "some compiler calls are not limited, or could not be seen",
    "no compiler call can be limited",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json``, ``--prove``, and a build's command."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument(
        "-v", "--all", action="store_true", help="show the checks that do not apply here, too"
    )
    parser.add_argument(
        "--prove", action="store_true", help="enforce a small limit on a job, and show that it held"
    )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="[-- COMMAND …]",
        help="see whether this build calls its compilers through rocq-exec; nothing is compiled",
    )


def run(args: argparse.Namespace) -> int:
    """Print all checks; 0 all is well, 1 something is degraded, 2 limits cannot be enforced.

    Raises UsageError for a question that is two.
    """
    if args.command and args.prove:
        build = shell.join(word for word in args.command if word != "--")
        hint = f"Ask one after the other: rocqshim doctor --prove; rocqshim doctor -- {build}"
        raise UsageError("--prove is about this machine, and a command is about a build.", hint)
    with tidy():
        checks = _of_build(args.command) if args.command else _of_machine(args.prove)
    conclusions = WIRING_CONCLUSIONS if args.command else CONCLUSIONS
    show(json_text(checks) if args.json else text(checks, conclusions, args.all))
    return worst(checks)


def _of_build(command: Sequence[str]) -> list[Check]:
    from rocqshim.doctor.wiring.examine import examine_command

    return examine_command(command, os.environ)


def _of_machine(with_proof: bool) -> list[Check]:
    checks = examine(Host())
    if with_proof:
        from rocqshim.doctor.proof.prove import prove

        checks += prove(os.environ, checks)
    return checks


def text(
    checks: list[Check], conclusions: Sequence[str] = CONCLUSIONS, with_skipped: bool = False
) -> str:
    """A line for each check, and below what is not well what it means and what mends it."""
    shown = [check for check in checks if with_skipped or check.status != SKIPPED]
    heads = columns([(check.status, check.name, check.found) for check in shown])
    indent = " " * columns([(check.status, check.name, "|") for check in shown])[0].index("|")
    lines = []
    for check, head in zip(shown, heads, strict=True):
        lines.append(head)
        if check.is_bad:
            lines += [f"{indent}means: {line}" for line in check.means.splitlines()]
            lines += [f"{indent}now:   {line}" for line in check.now.splitlines()]
            lines += [f"{indent}mend:  {line}" for line in check.mend.splitlines()]
    lines += hidden(len(checks) - len(shown))
    return "\n".join([*lines, "", conclusion(checks, conclusions)])


def hidden(count: int) -> list[str]:
    """The line about the checks that are left out."""
    many, them = ("checks do", "them") if count != 1 else ("check does", "it")
    return [f"{count} {many} not apply here, see {them}: rocqshim doctor --all"] if count else []


def conclusion(checks: list[Check], conclusions: Sequence[str]) -> str:
    """The last line: the exit status in words, with what has led to it."""
    named = [
        f"{status}: {', '.join(names)}"
        for status in (FAILED, DEGRADED)
        if (names := [check.name for check in checks if check.status == status])
    ]
    return "; ".join([conclusions[worst(checks)], *named])


def json_text(checks: list[Check]) -> str:
    """The checks as they are; ``exit`` is the exit status."""
    document = {
        "version": JSON_VERSION,
        "exit": worst(checks),
        "checks": [asdict(check) for check in checks],
    }
    return json.dumps(document, indent=2)
