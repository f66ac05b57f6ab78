"""What is said at the end of a build: some lines, from what the broker has counted."""

from __future__ import annotations

from collections.abc import Sequence

from rocqshim import shell
from rocqshim.cli.ask import Answer, NoBroker, ask_of_build
from rocqshim.cli.duration import duration
from rocqshim.cli.show import one_line
from rocqshim.errors import UserError
from rocqshim.outcome import BAD, DONE, KILLED, Outcome, counted, outcome
from rocqshim.settings.size import human_size

NAMED = 10  # files that are named in a line; more are counted

Ended = tuple[str, Outcome]  # a file's name, and how its job ended


def summary(build: str, seconds: float, shared: bool = False) -> list[str]:
    """The lines, without newline; what is not known is said and is no error.

    shared: other users have compiled a part of it, which brokers of theirs have counted.
    """
    try:
        answer = _sum(ask_of_build("summary", build))
    except NoBroker:
        after = duration(seconds)
        if shared:
            return [_none_of_ours(seconds)]
        return [
            f"no summary after {after}: no broker is there. No compiler was called through"
            " rocq-exec, or the broker could not start or was killed: rocqshim doctor"
        ]
    except UserError as error:
        return [f"no summary after {duration(seconds)}: {error.fact}"]
    bad, again = _ended(answer["bad"]), _ended(answer["repeated"])
    lines = [_named(state, [each for each in bad if each[1].state == state]) for state in BAD]
    lines.insert(BAD.index(KILLED), _named("killed, and repeated", again))
    return [_jobs(answer, seconds, shared), *filter(None, lines), *_where(answer["bad"])]


def _none_of_ours(seconds: float) -> str:
    return f"no compiler ran as this user in {duration(seconds)}"


def _ended(entries: Sequence[Answer]) -> list[Ended]:
    """Each file once for each way in which it ended."""
    found = [(one_line(each["file"]), outcome(each["verdict"], each["status"])) for each in entries]
    return list(dict.fromkeys(found))


def _sum(answers: Sequence[Answer]) -> Answer:
    """Numbers are added, lists joined."""
    return {
        name: sum((each[name] for each in answers[1:]), answers[0][name]) for name in answers[0]
    }


def _jobs(answer: Answer, seconds: float, shared: bool) -> str:
    apart = {"refused": answer["refused"], "without limits": answer["unlimited"]}
    count = answer["jobs"] + sum(apart.values())
    if not count and shared:
        return _none_of_ours(seconds)
    if not count:
        why = "all was up to date, or see `rocqshim doctor -- COMMAND`"
        return f"no compiler was called through rocq-exec in {duration(seconds)}: {why}"
    states = [DONE] * (answer["jobs"] - len(answer["bad"]))
    states += [outcome(each["verdict"], each["status"]).state for each in answer["bad"]]
    parts = [counted(states), *(f"{many} {word}" for word, many in apart.items() if many)]
    is_well = len(states) == count and not answer["bad"]
    how = "all done" if is_well else ", ".join(filter(None, parts))
    jobs = f"{count} job{'s' * (count != 1)} in {duration(seconds)}: {how}"
    return "; ".join([jobs, *(_slice(each) for each in answer["slices"] if each["jobs"])])


def _slice(entry: Answer) -> str:
    where = f"({entry['slice']}, {entry['backend'] or 'no limits'})"
    if not entry["memory_peak"]:  # shorter than the time between two looks at it
        return f"memory-max {human_size(entry['memory_max'])} {where}"
    peak, limit = human_size(entry["memory_peak"]), human_size(entry["memory_max"])
    return f"peak {peak} of memory-max {limit} {where}"


def _where(bad: Sequence[Answer]) -> list[str]:
    """How to find the sentence, of the first file that ran out of memory."""
    files = [
        entry["file"]
        for entry in bad
        if entry["verdict"].startswith("oom") and entry["file"].endswith(".v")
    ]
    return [f"where in it: rocqshim blame {shell.quote(file)}" for file in files[:1]]


def _named(what: str, ended: Sequence[Ended]) -> str:
    """``killed: a.v (memory-max of the slice was full), b.v (by systemd-oomd)``; "" for none."""
    named = [f"{file} ({how.why})" if how.why else file for file, how in ended[:NAMED]]
    more = f" and {len(ended) - NAMED} more" if len(ended) > NAMED else ""
    return f"{what}: {', '.join(named)}{more}" if named else ""
