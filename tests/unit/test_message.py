"""The line that a person reads after a kill, word for word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.message import Story, describe, describe_waiting_cancelled
from rocqshim.settings.model import By, Origin, Setting
from rocqshim.verdict import WORDS, Verdict

G = 2**30
SIGKILL = 9
FILE = "theories/Big.v"
PROJECT = Origin("pyproject.toml", 14)
CONFIG = Origin("/home/u/.config/rocqshim/config.toml", 3)
CAP = replace(CONFIG, by=By.CAP)


def size(text: str, value: int | None, origin: Origin = PROJECT) -> Setting[int | None]:
    return Setting(value, text, origin)


OOM_SLICE = Verdict("oom-slice", "memory_max", "rocq-myproject.slice")
STORY = Story(
    file=FILE,
    verdict=OOM_SLICE,
    status=SIGKILL,
    slice_name="rocq-myproject.slice",
    memory_max=size("6G", 6 * G),
    job_memory_max=size("25%", 4 * G, Origin("profile standard")),
    had=int(4.1 * G),
    others=(3, int(1.8 * G)),
    jobs_at_once=4,
    cancelled_by=None,
    backend="systemd",
)
SINGLE = replace(STORY, others=(0, 0), jobs_at_once=1)


def after(word: str, limit: str | None = None, level: str | None = None, **rest: object) -> Story:
    return replace(STORY, verdict=Verdict(word, limit, level), **rest)  # type: ignore[arg-type]


def test_the_model() -> None:
    assert describe(STORY) == (
        "rocq-exec: theories/Big.v: killed, out of memory in rocq-myproject.slice "
        "(memory-max 6G, pyproject.toml:14); this job had 4.1G of it, 3 others 1.8G. "
        "Raise memory-max, or make -j2."
    )


@pytest.mark.parametrize(
    ("story", "text"),
    [
        (
            SINGLE,
            "killed, out of memory in rocq-myproject.slice (memory-max 6G, pyproject.toml:14); "
            "this job had 4.1G of it. Raise memory-max.",
        ),
        (
            replace(STORY, had=None),
            "killed, out of memory in rocq-myproject.slice (memory-max 6G, pyproject.toml:14); "
            "3 others had 1.8G. Raise memory-max, or make -j2.",
        ),
        (
            replace(SINGLE, had=None),
            "killed, out of memory in rocq-myproject.slice (memory-max 6G, pyproject.toml:14). "
            "Raise memory-max.",
        ),
        (
            replace(
                STORY, others=(1, 700 * 2**20), jobs_at_once=2, memory_max=size("60%", 15140000000)
            ),
            "killed, out of memory in rocq-myproject.slice "
            "(memory-max 60% = 14.1G, pyproject.toml:14); this job had 4.1G of it, 1 other 700M. "
            "Raise memory-max, or make -j1.",
        ),
        (
            after("oom-slice", "memory_max"),  # the watchdog names no level
            "killed, out of memory in rocq-myproject.slice (memory-max 6G, pyproject.toml:14); "
            "this job had 4.1G of it, 3 others 1.8G. Raise memory-max, or make -j2.",
        ),
        (
            after(
                "oom-slice", "memory_max", "rocq.slice", user_memory_max=size("9G", 9 * G, CONFIG)
            ),
            "killed, out of memory in rocq.slice "
            "(memory-max 9G, /home/u/.config/rocqshim/config.toml:3); this job had 4.1G of it, "
            "3 others 1.8G. Raise memory-max in [caps], or make -j2.",
        ),
        (
            after("oom-slice", "memory_max", "rocq.slice"),
            "killed, out of memory in rocq.slice; this job had 4.1G of it, 3 others 1.8G. "
            "Raise memory-max in [caps], or make -j2.",
        ),
        (
            after("oom-job", "job_memory_max"),
            "killed, out of memory at its own limit "
            "(job-memory-max 25% = 4G, profile standard); this job had 4.1G. "
            "Raise job-memory-max, or that of this file in [[tool.rocqshim.files]].",
        ),
        (
            after("oom-job", "job_memory_max", had=None),
            "killed, out of memory at its own limit "
            "(job-memory-max 25% = 4G, profile standard). "
            "Raise job-memory-max, or that of this file in [[tool.rocqshim.files]].",
        ),
        (
            replace(after("oom-slice", "memory_max"), memory_max=size("9G", 9 * G, CAP)),
            f"killed, out of memory in rocq-myproject.slice (memory-max 9G, {CAP}); "
            "this job had 4.1G of it, 3 others 1.8G. Raise memory-max in [caps], or make -j2.",
        ),
        (
            after("oom-job", "job_memory_max", job_memory_max=size("4G", 4 * G, CAP)),
            f"killed, out of memory at its own limit (job-memory-max 4G, {CAP}); "
            "this job had 4.1G. Raise job-memory-max in [caps].",
        ),
        (
            after("oom-job"),
            "killed, out of memory at a limit of its own, which rocqshim did not set; "
            "this job had 4.1G.",
        ),
        (
            after("oom-host", None, "user-1000.slice"),
            "killed, out of memory in user-1000.slice, whose limit is above rocqshim's; "
            "this job had 4.1G of it, 3 others 1.8G. Lower memory-max below it, or make -j2.",
        ),
        (
            after("oom-host"),
            "killed, the machine itself ran out of memory (not a limit of rocqshim); "
            "this job had 4.1G, 3 others 1.8G. "
            "Lower memory-max (6G, pyproject.toml:14), or make -j2.",
        ),
        (
            after("oomd"),
            "killed by systemd-oomd, as the machine was short of memory "
            "(not a limit of rocqshim); this job had 4.1G, 3 others 1.8G. "
            "Lower memory-max (6G, pyproject.toml:14), or make -j2.",
        ),
        (
            after("signal"),
            "killed by SIGKILL, and not by a memory limit of rocq-myproject.slice "
            "(no counter says so): someone, earlyoom or the system did it.",
        ),
        (
            after("signal", backend="watchdog"),
            "killed by SIGKILL, and not by rocqshim: someone, earlyoom or the system did it "
            "(without cgroups nothing tells who).",
        ),
        (after("cancelled", cancelled_by="rocqshim stop"), "cancelled by rocqshim stop"),
        (
            after("cancelled", cancelled_by="its launcher was killed"),
            "cancelled because its launcher was killed",
        ),
    ],
)
def test_the_other_causes(story: Story, text: str) -> None:
    assert describe(story) == f"rocq-exec: {FILE}: {text}"


@pytest.mark.parametrize(
    ("lost", "level", "cause"),
    [
        ("oom-slice", "rocq-myproject.slice", "out of memory in rocq-myproject.slice"),
        ("oom-slice", "rocq.slice", "out of memory in rocq.slice"),
        ("oom-job", None, "out of its own memory limit"),
        ("oom-host", None, "out of memory above rocqshim's limits"),
        ("oomd", None, "by systemd-oomd"),
    ],
)
def test_a_success_that_lost_a_worker_is_told(lost: str, level: str | None, cause: str) -> None:
    story = replace(STORY, status=0, verdict=Verdict("success", None, level, lost))

    assert describe(story) == (
        f"rocq-exec: {FILE}: ended well, but processes of it were killed, {cause}."
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("success", 0),
        ("exit-code", 1 << 8),
        ("exit-code", 137 << 8),
        ("signal", 2),
        ("signal", 15),
        ("signal", 11 | 0x80),
        ("signal", 6),
    ],
)
def test_what_the_compiler_or_the_user_did_needs_no_words(word: str, status: int) -> None:
    assert describe(after(word, status=status)) == ""


@pytest.mark.parametrize(
    ("at_once", "others", "advice"),
    [(16, 15, "-j8"), (5, 4, "-j2"), (3, 2, "-j1"), (2, 1, "-j1"), (1, 3, "-j2"), (0, 1, "-j1")],
)
def test_half_of_what_ran_at_once(at_once: int, others: int, advice: str) -> None:
    story = replace(STORY, jobs_at_once=at_once, others=(others, G))

    assert describe(story).endswith(f"make {advice}.")


def test_fewer_jobs_are_no_advice_where_the_others_had_nothing() -> None:
    story = replace(STORY, jobs_at_once=2, others=(1, 0))

    assert describe(story).endswith(". Raise memory-max.")


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (size("6G", 6 * G), "6G"),
        (size("1G512M", 3 * G // 2), "1G512M"),
        (size("6442450944", 6 * G), "6G"),
        (size("62.5%", 10 * G), "62.5% = 10G"),
        (size("infinity", None), "infinity"),
    ],
)
def test_the_limit_as_it_was_written(limit: Setting[int | None], shown: str) -> None:
    assert f"(memory-max {shown}, pyproject.toml:14)" in describe(replace(STORY, memory_max=limit))


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (Origin("profile standard"), "profile standard"),
        (Origin("ROCQSHIM_MEMORY_MAX"), "ROCQSHIM_MEMORY_MAX"),
        (CONFIG, "/home/u/.config/rocqshim/config.toml:3"),
    ],
)
def test_where_it_was_set(origin: Origin, shown: str) -> None:
    story = replace(STORY, memory_max=size("6G", 6 * G, origin))

    assert f"(memory-max 6G, {shown})" in describe(story)


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("rocqshim stop", "cancelled by rocqshim stop before it started"),
        ("the broker ends", "cancelled because the broker ends before it started"),
    ],
)
def test_cancelled_while_it_waited(why: str, text: str) -> None:
    assert describe_waiting_cancelled(FILE, why) == f"rocq-exec: {FILE}: {text}"


def test_a_name_that_is_no_utf8_stays_what_it_is() -> None:
    line = describe(replace(STORY, file="caf\udce9 é.v"))

    assert line.encode(errors="surrogateescape").startswith(
        b"rocq-exec: caf\xe9 \xc3\xa9.v: killed"
    )


stories = st.builds(
    Story,
    file=st.text(),
    verdict=st.builds(
        Verdict,
        st.sampled_from(WORDS),
        st.sampled_from([None, "memory_max", "job_memory_max"]),
        st.sampled_from([None, "rocq.slice", "rocq-p.slice", "user.slice"]),
        st.sampled_from([None, "oom-job", "oom-slice", "oom-host", "oomd"]),
    ),
    status=st.sampled_from([None, 0, 9, 256]),
    slice_name=st.just("rocq-p.slice"),
    memory_max=st.sampled_from([size("6G", 6 * G), size("60%", G), size("infinity", None)]),
    job_memory_max=st.just(size("infinity", None)),
    had=st.none() | st.integers(0, 2**50),
    others=st.tuples(st.integers(0, 500), st.integers(0, 2**50)),
    jobs_at_once=st.integers(0, 500),
    cancelled_by=st.sampled_from([None, "rocqshim stop"]),
    backend=st.sampled_from(["systemd", "cgroup2", "watchdog"]),
)


@settings(deadline=None)
@given(stories)
def test_one_line_or_nothing(story: Story) -> None:
    line = describe(story)

    assert len(line.splitlines()) <= 1
    assert not line or line.startswith("rocq-exec: ")
    assert "None" not in line.removeprefix(f"rocq-exec: {story.file}")
    assert "-j0" not in line


@settings(deadline=None)
@given(stories)
def test_a_death_by_memory_always_speaks(story: Story) -> None:
    if story.verdict.word in ("oom-job", "oom-slice", "oom-host", "oomd"):
        assert describe(story)


# Repeated --------------------------------------------------------------------------------------

AGAIN = "with no other job beside it"


@pytest.mark.parametrize("word", ["oom-slice", "oom-host", "oomd"])
def test_one_that_runs_again_has_nothing_to_be_changed(word: str) -> None:
    line = describe(after(word, "memory_max" if word == "oom-slice" else None, again=AGAIN))

    assert line.endswith(f" 3 others 1.8G. It runs again {AGAIN}.")
    assert "Raise" not in line
    assert "Lower" not in line


def test_its_own_limit_may_be_enough_for_a_smaller_heap() -> None:
    story = after("oom-job", "job_memory_max", again="with a smaller minor heap")

    assert describe(story).endswith("this job had 4.1G. It runs again with a smaller minor heap.")


def test_the_last_attempt_says_what_would_be_needed() -> None:
    last = replace(SINGLE, attempt=4, lean=True)

    assert describe(last).endswith(
        "this job had 4.1G of it. It was tried 4 times, at last with a small minor heap, and needs "
        "more than 4.1G. Raise memory-max."
    )
    assert "It was tried 2 times, and needs more than 4.1G." in describe(
        replace(last, attempt=2, lean=False)
    )
    assert "It was tried 4 times, at last with a small minor heap. Raise" in describe(
        replace(last, had=None)
    )


@pytest.mark.parametrize(
    ("origin", "advice"),
    [
        (PROJECT, "Raise job-time-max, or that of this file in [[tool.rocqshim.files]]."),
        (CAP, "Raise job-time-max in [caps]."),
    ],
)
def test_a_time_that_is_over(origin: Origin, advice: str) -> None:
    limit: Setting[float | None] = Setting(320.0, "5min 20s", origin)
    story = after("timeout", "job_time_max", job_time_max=limit, ran=320.4)

    assert describe(story) == (
        f"rocq-exec: {FILE}: killed after 5 min 20 s, over its time limit (job-time-max 5min 20s, "
        f"{origin}). {advice}"
    )
