"""Checks from what a build would call: pure judgement, see `look`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rocqshim import shell
from rocqshim.cli.show import one_line
from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.wiring.advice import faults
from rocqshim.doctor.wiring.bounded import TIMED_OUT
from rocqshim.doctor.wiring.calls import Call
from rocqshim.doctor.wiring.make_run import Pass
from rocqshim.doctor.wiring.unseen import tells_of_compiler

WIDTH = 100  # characters of a command that are shown
PAST = "these compilers run without limits"
PART = "only a part of the build was seen"
UNTOLD = "whether it is limited cannot be told"
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


def judge(name: str, found: Pass, words: Sequence[str], before: Sequence[str] = ()) -> list[Check]:
    """The checks of one pass. name: of the first. words: the make. before: `rocqshim run --`."""
    first = _calls if found.all_calls else _none
    checks = [first(name, found, words, before)]
    checks += [] if found.status or not found.all_calls else _hidden(name, found, words)
    return [*checks, *_noted(name, found), *_ended(name, found, words, before)]


def _calls(name: str, found: Pass, words: Sequence[str], before: Sequence[str]) -> Check:
    is_good, text = count(found.all_calls, " (with -B; none without it)" * found.is_forced)
    if is_good:
        return Check(name, OK, text)
    told = faults(found, words, before)
    means = "\n".join([PAST, *(fault.means for fault in told)])
    return Check(name, DEGRADED, text, means, "\n".join(fault.mend for fault in told))


def _none(name: str, found: Pass, words: Sequence[str], before: Sequence[str]) -> Check:
    """No call: of a build that has none, of one that cannot be looked into, or of no build."""
    even = ", even with -B" * found.is_forced
    if found.status:
        return Check(name, DEGRADED, f"no compiler call{even}", UNTOLD, _first(words, before))
    if not any("CURDIR" in base for base in found.bases):  # --help, -v: no makefile was looked for
        text = f"{words[0]} told of no build: {shell.join(words[1:])}"
        return Check(name, DEGRADED, text, UNTOLD, "name what the build is started with")
    if found.unseen:
        first = one_line(shorten(found.unseen[0]))
        text = f"no compiler call could be seen{even}; unknown is what this starts: {first}"
        return Check(name, DEGRADED, text, UNTOLD, _try(words))
    return Check(name, OK, f"no compiler call{even}")


def _hidden(name: str, found: Pass, words: Sequence[str]) -> list[Check]:
    """Recipes that tell of a compiler, and do not show how it is called."""
    lines = [line for line in found.unseen if tells_of_compiler(line)]
    if not lines:
        return []
    number = f"{len(lines)} recipe line{'s' * (len(lines) != 1)}"
    text = f"what {number} start{'s' * (len(lines) == 1)} cannot be seen, first: "
    return [Check(f"{name} -n", DEGRADED, text + shorten(one_line(lines[0])), UNTOLD, _try(words))]


def _first(words: Sequence[str], before: Sequence[str] = ()) -> str:
    return f"see what {shell.join([*before, *words[:1], '-n', *words[1:]])} says"


def _try(words: Sequence[str]) -> str:
    return f"rocqshim run -- {shell.join(words)}   (tells at its end what ran without limits)"


def _noted(name: str, found: Pass) -> list[Check]:
    """Compilers that `make -n` would have started; the guard did not let them."""
    if not found.noted:
        return []
    many = len(found.noted)
    ran = "compilers that run" if many != 1 else "compiler that runs"
    text = f"{many} {ran} even with -n (a + recipe, or $(shell …))"
    return [Check(f"{name} -n", OK, f"{text}: counted above, and not started")]


def _ended(name: str, found: Pass, words: Sequence[str], before: Sequence[str]) -> list[Check]:
    if not found.status:
        return []
    lines = [line for line in found.error.splitlines() if line.strip()] or ["it said nothing"]
    if found.status == TIMED_OUT:
        return [Check(f"{name} -n", DEGRADED, lines[-1], PART, "name a target that is smaller")]
    telling = next((line for line in lines if MISSING.search(line) or RULE.search(line)), lines[0])
    text = f"it ended with {found.status}: {one_line(telling)}"
    return [Check(f"{name} -n", DEGRADED, text, PART, _mend(telling, words, before))]


def _mend(line: str, words: Sequence[str], before: Sequence[str]) -> str:
    match = MISSING.search(line) or RULE.search(line)
    if match and "akefile" in match[1]:
        return (
            f"make {shell.quote(match[1])}, and once more (make -n makes no makefile that -f names)"
        )
    return _first(words, before)
