"""Every way in which a job can end, and the word for it."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.backend import JobCounters, Level
from rocqshim.verdict import WORDS, Ending, Verdict, decide

KILLED = int(signal.SIGKILL)
EXIT_137 = 137 << 8  # what a shell or a wrapper makes of it
ANOMALY = 129 << 8  # a compile that lost a worker
SLICE = "rocq-foo.slice"
NAMES = ("rocq-foo-jobs.service", SLICE, "rocq.slice", "user@1000.service", "user-1000.slice")


def levels(**grown: int | None) -> tuple[Level, ...]:
    """NAMES, each with a count of 5, but for ``grown`` (by the name with _ for all else)."""
    return tuple(Level(name, grown.get(_key(name), 5)) for name in NAMES)


def _key(name: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in name)


def ended(
    status: int | None = KILLED,
    cancelled_by: str | None = None,
    **rest: Any,  # noqa: ANN401 (fields of JobCounters)
) -> Ending:
    before = rest.pop("before", levels())
    limited, timed_out = rest.pop("job_limited", True), rest.pop("timed_out", False)
    asked = rest.pop("asked_to_end", False)
    counters = JobCounters(**{"levels": levels(), **rest})
    return Ending(status, cancelled_by, counters, before, limited, timed_out, asked)


STOPPED = "rocqshim stop"
BY_SLICE = levels(rocq_foo_slice=6)
BY_USER = levels(user_1000_slice=6)
OOM_SLICE = Verdict("oom-slice", "memory_max", SLICE)
OOM_JOB = Verdict("oom-job", "job_memory_max")


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        # By the status alone, where nothing was counted.
        (ended(0), Verdict("success")),
        (ended(1 << 8), Verdict("exit-code")),
        (ended(ANOMALY), Verdict("exit-code")),
        (ended(EXIT_137), Verdict("exit-code")),
        (ended(KILLED), Verdict("signal")),
        # Its time was over, unless it was done or somebody else was first.
        (ended(KILLED, timed_out=True), Verdict("timeout", "job_time_max")),
        (ended(1 << 8, timed_out=True), Verdict("timeout", "job_time_max")),
        (ended(0, timed_out=True), Verdict("success")),
        (ended(KILLED, STOPPED, timed_out=True), Verdict("cancelled")),
        (ended(KILLED, oom=1, oom_kill=1, timed_out=True), OOM_JOB),
        (ended(int(signal.SIGSEGV) | 0x80), Verdict("signal")),  # with a core file
        (ended(int(signal.SIGINT)), Verdict("signal")),
        (ended(None), Verdict("cancelled")),
        # The limit of whom? The nearest cgroup that hit its own.
        (ended(oom_kill=1, oom=1), OOM_JOB),
        (ended(oom_kill=1, oom=1, job_limited=False), Verdict("oom-job")),
        (ended(oom_kill=1, oom=1, levels=BY_SLICE), OOM_JOB),
        (ended(oom_kill=3, levels=BY_SLICE), OOM_SLICE),
        (ended(oom_kill=1, levels=levels(rocq_foo_slice=6, user_1000_slice=9)), OOM_SLICE),
        (
            ended(oom_kill=1, levels=levels(rocq_slice=6)),
            Verdict("oom-slice", "memory_max", "rocq.slice"),
        ),
        (ended(oom_kill=1, levels=BY_USER), Verdict("oom-host", None, "user-1000.slice")),
        (ended(oom_kill=1), Verdict("oom-host")),
        # Counted before this job, or by nobody, is no reason.
        (ended(oom_kill=1, levels=BY_SLICE, before=BY_SLICE), Verdict("oom-host")),
        (ended(oom_kill=1, levels=levels(rocq_foo_slice=None)), Verdict("oom-host")),
        (ended(oom_kill=1, levels=levels(rocq_foo_slice=4)), Verdict("oom-host")),
        (
            ended(oom_kill=1, levels=(Level("rocqette.service", 1),), before=()),
            Verdict("oom-host", None, "rocqette.service"),
        ),
        # An adopted job: nothing is known from before, so each count is a reason.
        (
            ended(oom_kill=1, levels=BY_SLICE, before=()),
            Verdict("oom-slice", "memory_max", NAMES[0]),
        ),
        (
            ended(oom_kill=1, levels=(Level(SLICE, 1),), before=(Level(SLICE, None),)),
            OOM_SLICE,
        ),
        # A limit that was hit while nobody of this job was killed.
        (ended(KILLED, oom=3, levels=BY_SLICE), Verdict("signal")),
        (ended(0, oom=3, levels=BY_SLICE), Verdict("success")),
        # Another exit code than 0 does not hide the kill.
        (ended(ANOMALY, oom_kill=1, levels=BY_SLICE), OOM_SLICE),
        (ended(EXIT_137, oom_kill=1, oom=1), OOM_JOB),
        (ended(None, oom_kill=1, oom=1), OOM_JOB),
        # It ended well all the same: told, and not called killed.
        (
            ended(0, oom_kill=1, levels=BY_SLICE),
            Verdict("success", "memory_max", SLICE, lost="oom-slice"),
        ),
        (ended(0, oom_kill=1, oom=1), Verdict("success", "job_memory_max", lost="oom-job")),
        (ended(0, oom_kill=1), Verdict("success", lost="oom-host")),
        (ended(0, oomd_kills=1), Verdict("success", lost="oomd")),
        # systemd-oomd: after the kernel, which counts only what it killed itself.
        (ended(oomd_kills=1), Verdict("oomd")),
        (ended(ANOMALY, oomd_kills=1), Verdict("oomd")),
        (ended(oomd_kills=1, oom_kill=1, levels=BY_SLICE), OOM_SLICE),
        # The watchdog knows for what it killed.
        (ended(killed_for="memory_max", levels=(Level(SLICE, None),)), OOM_SLICE),
        (ended(killed_for="memory_max", levels=()), Verdict("oom-slice", "memory_max")),
        (ended(killed_for="job_memory_max"), OOM_JOB),
        (ended(killed_for="memory_max", oomd_kills=1, levels=(Level(SLICE, 0),)), OOM_SLICE),
        # Our own kill, unless the kernel was first or there was nothing left to kill.
        (ended(cancelled_by=STOPPED), Verdict("cancelled")),
        (ended(None, cancelled_by="its launcher was killed"), Verdict("cancelled")),
        (ended(EXIT_137, cancelled_by=STOPPED), Verdict("cancelled")),
        (ended(cancelled_by=STOPPED, oom_kill=1, levels=BY_SLICE), OOM_SLICE),
        (ended(cancelled_by=STOPPED, killed_for="memory_max"), Verdict("cancelled")),
        (ended(cancelled_by=STOPPED, oomd_kills=1), Verdict("cancelled")),
        (ended(0, cancelled_by=STOPPED), Verdict("success")),
        # Ctrl-C: a compiler that catches it exits with 1. The kernel comes first here, too.
        (ended(1 << 8, asked_to_end=True), Verdict("cancelled")),
        (ended(int(signal.SIGINT), asked_to_end=True), Verdict("cancelled")),
        (ended(0, asked_to_end=True), Verdict("success")),
        (ended(asked_to_end=True, oom_kill=1, levels=BY_SLICE), OOM_SLICE),
    ],
)
def test_the_table(ending: Ending, expected: Verdict) -> None:
    assert decide(ending) == expected


count = st.integers(0, 3)
known_levels = st.lists(st.builds(Level, st.sampled_from(NAMES), st.none() | count)).map(tuple)
counters = st.builds(
    JobCounters,
    oom=count,
    oom_kill=count,
    oomd_kills=count,
    levels=known_levels,
    killed_for=st.sampled_from([None, "memory_max", "job_memory_max"]),
)
status = st.none() | st.integers(0, 255).map(lambda code: code << 8) | st.integers(1, 64)
endings = st.builds(
    Ending, status, st.sampled_from([None, STOPPED]), counters, known_levels, st.booleans()
)


@settings(deadline=None)
@given(endings)
def test_one_word_for_every_ending(ending: Ending) -> None:
    assert decide(ending).word in WORDS


@settings(deadline=None)
@given(endings)
def test_success_is_exit_0_and_nothing_else(ending: Ending) -> None:
    assert (decide(ending).word == "success") == (ending.status == 0)


@settings(deadline=None)
@given(endings)
def test_a_kill_for_memory_is_never_silent(ending: Ending) -> None:
    verdict = decide(ending)

    if ending.counters.oom_kill:
        assert (verdict.lost or verdict.word).startswith("oom-")


@settings(deadline=None)
@given(endings)
def test_memory_is_never_blamed_without_a_counter(ending: Ending) -> None:
    found = ending.counters
    verdict = decide(ending)

    if not (found.oom_kill or found.oomd_kills or found.killed_for):
        assert verdict.word in ("success", "exit-code", "signal", "cancelled")
        assert verdict.lost is None


@settings(deadline=None)
@given(endings)
def test_a_level_is_named_only_if_it_grew(ending: Ending) -> None:
    level = decide(ending).level

    if level and ending.counters.oom_kill:
        assert any(found.name == level and found.oom for found in ending.counters.levels)


@pytest.mark.parametrize("code", [0, 1, 129, 137])
def test_the_status_is_read_as_waitpid_gives_it(code: int) -> None:
    pid = os.fork()
    if not pid:
        os._exit(code)

    assert decide(ended(os.waitpid(pid, 0)[1])).word == ("exit-code" if code else "success")
