"""Checks from what a build would call: pure judgement, see `look`."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from rocqshim.cli.show import one_line
from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.wiring.advice import faults
from rocqshim.doctor.wiring.calls import Call
from rocqshim.doctor.wiring.make_run import TIMED_OUT, Pass

WIDTH = 100  # characters of a command that are shown
PAST = "these compilers run without limits"
MISSING = re.compile(r"(\S+): No such file or directory")
RULE = re.compile(r"No rule to make target '([^']+)'")


def count(calls: Sequence[Call], how: str = "") -> tuple[bool, str]:
    """Whether all are wrapped, and what was found in words. how: said after the number."""
    outside = [call for call in calls if not call.is_wrapped]
    number = f"{len(calls)} compiler call{'s' * (len(calls) != 1)}{how}"
    if not calls:
        return True, f"no compiler call{how}"
    if not outside:
        return True, f"{number}, all through rocq-exec"
    first = outside[0]
    return False, (
        f"{number}, {len(outside)} past rocq-exec, first: {one_line(first.file)} "
        f"({one_line(shorten(first.text))})"
    )


def shorten(text: str) -> str:
    """At most WIDTH characters of a command."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 2]} …"


def judge(name: str, found: Pass, command: Sequence[str]) -> list[Check]:
    """The checks of one pass. name: of the first."""
    how = " (with -B: all is up to date)" if found.is_forced else ""
    is_good, text = count(found.all_calls, how)
    checks = [_calls(name, found, command, is_good, text)]
    return [*checks, *_noted(name, found), *_ended(name, found, command)]


def _calls(name: str, found: Pass, command: Sequence[str], is_good: bool, text: str) -> Check:
    if is_good and (found.all_calls or not found.status):
        return Check(name, OK, text)
    if is_good:
        return Check(name, DEGRADED, text, "whether it is limited cannot be told", _first(command))
    told = faults(found, command)
    means = "\n".join([PAST, *(fault.means for fault in told)])
    return Check(name, DEGRADED, text, means, "\n".join(fault.mend for fault in told))


def _first(command: Sequence[str]) -> str:
    return f"see what {shlex.join([*command[:1], '-n', *command[1:]])} says"


def _noted(name: str, found: Pass) -> list[Check]:
    """Compilers that `make -n` would have started; the guard did not let them."""
    if not found.noted:
        return []
    many = len(found.noted)
    text = f"{many} compiler{'s' * (many != 1)} that run even with -n (a + recipe, or $(shell …))"
    return [Check(f"{name} -n", OK, f"{text}: counted above, and not started")]


def _ended(name: str, found: Pass, command: Sequence[str]) -> list[Check]:
    if not found.status:
        return []
    lines = [line for line in found.error.splitlines() if line.strip()] or ["it said nothing"]
    if found.status == TIMED_OUT:
        return [Check(f"{name} -n", DEGRADED, lines[-1], PART, "name a target that is smaller")]
    telling = next((line for line in lines if MISSING.search(line) or RULE.search(line)), lines[0])
    text = f"it ended with {found.status}: {one_line(telling)}"
    return [Check(f"{name} -n", DEGRADED, text, PART, _mend(telling, command))]


PART = "only a part of the build was seen"


def _mend(line: str, command: Sequence[str]) -> str:
    match = MISSING.search(line) or RULE.search(line)
    if match and "akefile" in match[1]:
        return (
            f"make {shlex.quote(match[1])}, and once more (make -n makes no makefile that -f names)"
        )
    return _first(command)
