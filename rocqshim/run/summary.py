"""What is said at the end of a build: two or three lines, from what the broker has counted."""

from __future__ import annotations

import shlex

from rocqshim.cli.ask import Answer, NoBroker, ask
from rocqshim.cli.duration import duration
from rocqshim.cli.show import one_line
from rocqshim.errors import UserError
from rocqshim.settings.size import human_size

NAMED = 10  # killed files that are named; more are counted


def summary(build: str, seconds: float) -> list[str]:
    """The lines, without newline; what is not known is said and is no error."""
    try:
        answer = ask("summary", [("all", "1"), ("build", build)])
    except NoBroker:
        after = duration(seconds)
        return [f"no summary after {after}: no broker is there; nothing was compiled, or it died"]
    except UserError as error:
        return [f"no summary after {duration(seconds)}: {error.fact}"]
    again = _named("repeated after they ran out of memory", answer.get("repeated", []))
    killed = _named("killed", answer["killed"]) or ["nothing was killed"]
    return [_jobs(answer, seconds), *again, *killed, *_where(answer["killed"])]


def _jobs(answer: Answer, seconds: float) -> str:
    count = answer["jobs"]
    if not count:
        why = "all was up to date, or see `rocqshim doctor -- COMMAND`"
        return f"no compiler was called through rocq-exec {_in(seconds)}: {why}"
    parts = [f"{count} job{'s' * (count != 1)} {_in(seconds)}", *map(_slice, answer["slices"])]
    return ", ".join(parts)


def _in(seconds: float) -> str:
    return f"in {duration(seconds)}"


def _slice(entry: Answer) -> str:
    where = f"({entry['slice']}, {entry['backend'] or 'no limits'})"
    if not entry["memory_peak"]:  # shorter than the time between two looks at it
        return f"memory-max {human_size(entry['memory_max'])} {where}"
    peak, limit = human_size(entry["memory_peak"]), human_size(entry["memory_max"])
    return f"peak {peak} of memory-max {limit} {where}"


def _where(killed: list[dict[str, str]]) -> list[str]:
    """How to find the sentence, of the first file that ran out of memory."""
    files = [
        entry["file"]
        for entry in killed
        if entry["verdict"].startswith("oom") and entry["file"].endswith(".v")
    ]
    return [f"where in it: rocqshim blame {shlex.quote(one_line(file))}" for file in files[:1]]


def _named(what: str, entries: list[dict[str, str]]) -> list[str]:
    """``killed: a.v (oom-slice), b.v (oom-job)``; nothing where there is none."""
    if not entries:
        return []
    named = [f"{one_line(entry['file'])} ({entry['verdict']})" for entry in entries[:NAMED]]
    more = f" and {len(entries) - NAMED} more" if len(entries) > NAMED else ""
    return [f"{what}: {', '.join(named)}{more}"]
