"""What a person is told about a job that was killed: one line, with what to change."""

from __future__ import annotations

from dataclasses import dataclass
from signal import SIGKILL

from rocqshim.cli.duration import duration
from rocqshim.settings.model import By, Setting
from rocqshim.settings.size import human_size
from rocqshim.verdict import Verdict

USER_SLICE = "rocq.slice"  # above all projects; its limit is memory-max of the user's [caps]


@dataclass(frozen=True)
class Story:
    """One ended job. Sizes are bytes.

    file: as people know it. status: wait status, None when unknown. had: its peak. others: how
    many ran beside it, and what they had. jobs_at_once: how many ran, this one included.
    user_memory_max: the limit of rocq.slice. again: how it runs once more, "" if it does not.
    attempt: 1 for the first. lean: it ran with a small minor heap. job_time_max, ran: seconds.
    """

    file: str
    verdict: Verdict
    status: int | None
    slice_name: str
    memory_max: Setting[int | None]
    job_memory_max: Setting[int | None]
    had: int | None
    others: tuple[int, int]
    jobs_at_once: int
    cancelled_by: str | None
    backend: str
    user_memory_max: Setting[int | None] | None = None
    again: str = ""
    attempt: int = 1
    lean: bool = False
    job_time_max: Setting[float | None] | None = None
    ran: float = 0.0


def describe(story: Story) -> str:
    """The line for stderr, without newline; "" where the compiler or the user has said enough.

    Only SIGKILL needs explaining: other signals are sent by the user, or told by the shell.
    """
    tell = _TELL.get(story.verdict.word)
    text = tell(story) if tell else ""
    return _line(story.file, text) if text else ""


def describe_waiting_cancelled(file: str, why: str) -> str:
    """The line for a job that was still waiting; ``why`` as in Ending.cancelled_by."""
    return _line(file, f"cancelled {_by(why)} before it started")


def _line(file: str, text: str) -> str:
    return f"rocq-exec: {printable(file)}: {text}"


def printable(name: str) -> str:
    """A file may be named with a newline. Bytes that are no UTF-8 (surrogates) stay themselves."""
    return "".join(c if c.isprintable() or _is_byte(c) else "?" for c in name)


def _is_byte(char: str) -> bool:
    return "\udc80" <= char <= "\udcff"


def _cancelled(story: Story) -> str:
    """A Ctrl-C needs no line: who has pressed it knows."""
    return f"cancelled {_by(story.cancelled_by)}" if story.cancelled_by else ""


def _by(why: str) -> str:
    """``rocqshim stop`` did it; that "its launcher was killed" is a reason."""
    return f"by {why}" if why.startswith("rocqshim ") else f"because {why}"


def _timeout(story: Story) -> str:
    limit = story.job_time_max
    if limit is None:
        return "killed, as its time was over."
    advice = "Raise job-time-max, or that of this file in [[tool.rocqshim.files]]"
    if limit.origin.by is By.CAP:
        advice = "Raise job-time-max in [caps]"
    return (
        f"killed after {duration(story.ran)}, over its time limit (job-time-max {limit.text}, "
        f"{limit.origin}). {advice}."
    )


def _killed(story: Story) -> str:
    if story.status != SIGKILL:
        return ""
    if story.backend == "watchdog":  # which has no counters: it knows only what it did itself
        return (
            "killed by SIGKILL, and not by rocqshim: someone, earlyoom or the system did it "
            "(without cgroups nothing tells who)."
        )
    return (
        f"killed by SIGKILL, and not by a memory limit of {story.slice_name} (no counter says so): "
        "someone, earlyoom or the system did it."
    )


def _lost(story: Story) -> str:
    if not story.verdict.lost:
        return ""
    cause = {
        "oom-job": "out of its own memory limit",
        "oom-slice": f"out of memory in {_whose(story)}",
        "oomd": "by systemd-oomd",
    }.get(story.verdict.lost, "out of memory above rocqshim's limits")
    return f"ended well, but processes of it were killed, {cause}."


def _oom_slice(story: Story) -> str:
    is_all = story.verdict.level == USER_SLICE
    limit = story.user_memory_max if is_all else story.memory_max
    advice = f"Raise memory-max{' in [caps]' if is_all or _is_cap(limit) else ''}"
    return (
        f"killed, out of memory in {_whose(story)}{_in_brackets('memory-max', limit)}"
        f"{_shares(story, ' of it')}. {_or_fewer(advice, story)}"
    )


def _is_cap(limit: Setting[int | None] | None) -> bool:
    """Whether raising the project's own setting would change nothing."""
    return limit is not None and limit.origin.by is By.CAP


def _or_again(advice: str, story: Story) -> str:
    """What to change; or that nothing has to be, as it runs again; and what it would need."""
    if story.again:
        return f"It runs again {story.again}."
    return f"{_tried(story)}{advice}"


def _tried(story: Story) -> str:
    if story.attempt == 1:
        return ""
    lean = ", at last with a small minor heap" if story.lean else ""
    needs = f", and needs more than {human_size(story.had)}" if story.had else ""
    return f"It was tried {story.attempt} times{lean}{needs}. "


def _whose(story: Story) -> str:
    return USER_SLICE if story.verdict.level == USER_SLICE else story.slice_name


def _oom_job(story: Story) -> str:
    if story.verdict.limit is None:
        return (
            f"killed, out of memory at a limit of its own, which rocqshim did not set{_had(story)}."
        )
    limit = _in_brackets("job-memory-max", story.job_memory_max)
    advice = "Raise job-memory-max, or that of this file in [[tool.rocqshim.files]]."
    if _is_cap(story.job_memory_max):
        advice = "Raise job-memory-max in [caps]."
    return f"killed, out of memory at its own limit{limit}{_had(story)}. " + _or_again(
        advice, story
    )


def _oom_host(story: Story) -> str:
    if story.verdict.level:
        return (
            f"killed, out of memory in {story.verdict.level}, whose limit is above rocqshim's"
            f"{_shares(story, ' of it')}. {_or_fewer('Lower memory-max below it', story)}"
        )
    return (
        "killed, the machine itself ran out of memory (not a limit of rocqshim)"
        f"{_shares(story)}. {_lower(story)}"
    )


def _oomd(story: Story) -> str:
    return (
        "killed by systemd-oomd, as the machine was short of memory (not a limit of rocqshim)"
        f"{_shares(story)}. {_lower(story)}"
    )


def _lower(story: Story) -> str:
    limit = f"{_amount(story.memory_max)}, {story.memory_max.origin}"
    return _or_fewer(f"Lower memory-max ({limit})", story)


def _or_fewer(advice: str, story: Story) -> str:
    count, size = story.others
    if not count or not size:  # fewer beside it would not have helped
        return _or_again(f"{advice}.", story)
    at_once = max(story.jobs_at_once, count + 1)
    return _or_again(f"{advice}, or make -j{at_once // 2}.", story)


def _in_brackets(name: str, limit: Setting[int | None] | None) -> str:
    return f" ({name} {_amount(limit)}, {limit.origin})" if limit else ""


def _amount(limit: Setting[int | None]) -> str:
    """As the user wrote it, with the size where he wrote a share of RAM or plain bytes."""
    if limit.text.isdigit():
        return human_size(limit.value)
    if "%" in limit.text:
        return f"{limit.text} = {human_size(limit.value)}"
    return limit.text


def _had(story: Story) -> str:
    return f"; this job had {human_size(story.had)}" if story.had else ""


def _shares(story: Story, of_it: str = "") -> str:
    """What this job and the others had: ``; this job had 4.1G of it, 3 others 1.8G``."""
    count, size = story.others
    parts = [f"this job had {human_size(story.had)}{of_it}"] if story.had else []
    if count:
        others = "1 other" if count == 1 else f"{count} others"
        parts.append(f"{others} {'' if parts else 'had '}{human_size(size)}")
    return f"; {', '.join(parts)}" if parts else ""


_TELL = {
    "success": _lost,
    "signal": _killed,
    "oom-job": _oom_job,
    "oom-slice": _oom_slice,
    "oom-host": _oom_host,
    "oomd": _oomd,
    "timeout": _timeout,
    "cancelled": _cancelled,
}
