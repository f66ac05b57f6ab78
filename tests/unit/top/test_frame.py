"""What is shown, as plain data: whole frames, and what holds for a frame of any size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocqshim.top.cells import width_of
from rocqshim.top.frame import frame, plain
from rocqshim.top.line import text_of
from rocqshim.top.state import FILTER, HELP, KILL, SORTS, VIEW, Look, State

from .answers import Answer, G, answer, build, ended, job, look, project, waiting

HERE = State("/home/u/foo", selected="rocq-foo.slice/job-theories/Big.v")
BUSY = project(
    jobs=[
        job("theories/Small.v", memory=G // 2, seconds=3.0, cpu=3.0, expected_seconds=None),
        job("theories/Big.v", attempt=2, cpu=54.0, seconds=105.0),
    ],
    queue=[waiting("theories/Next.v"), waiting("theories/Far.v", reason="turn")],
    build=build(ended=[ended("theories/A.v", ended=1), ended("B.v", ended=2, verdict="oom-slice")]),
)


def texts(seen: Look, state: State, width: int = 80, height: int = 24) -> list[str]:
    return [text_of(entry).rstrip() for entry in frame(seen, state, width, height)]


def test_a_build_in_80_by_24() -> None:
    before = answer(project(cpu=98.0, read=0, written=20 << 20), now=999.0)

    assert texts(Look(answer(BUSY), before), HERE) == [
        "rocqshim top   sorted by memory",
        "rocq-foo.slice (systemd) /home/u/foo",
        "memory [|||||||::         ] 3G of 8G (38%), 4G reserved, peak 5G",
        "cpu    [|||||||||         ] 2.0 of 4 cores (quota 400%), 12 of 128 tasks",
        "i/o    10M/s read, 0/s written   pressure: memory 0%, cpu 12%",
        "build  [#######           ] 45 of 120+ files, 3m12s left, 2 repeated, 1 killed",
        " RUNNING (2)          TIME  PEAK  *MEM   CPU   LEFT  PRED TRY     STATE",
        ">theories/Big.v      1m45s    2G  1.5G   51%    +5s    2G   2   running",
        " theories/Small.v       3s    2G  512M  100%      -    2G   1   running",
        " WAITING (2)          TIME  WHY",
        " theories/Next.v        4s  needs 3.2G, 1.1G free",
        " theories/Far.v         4s  others go first",
        " FINISHED (45)        TIME  PEAK  HOW IT ENDED",
        " B.v                   12s    1G  killed: memory-max of the slice was full",
        " theories/A.v          12s    1G  done",
        *[""] * 8,
        "q quit  s sort  / filter  k kill  p pause  a all  h help",
    ]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_tables_line_up_and_count_what_they_show(width: int) -> None:
    lines = texts(look(BUSY), replace(HERE, filter="ar"), width)
    heads = {line.split()[0]: line for line in lines if line.startswith(" ") and line[1].isupper()}

    assert len({head.index("TIME") for head in heads.values()}) == 1
    assert heads["RUNNING"].index("PEAK") == heads["FINISHED"].index("PEAK")
    assert " RUNNING (0 of 2) " in heads["RUNNING"] and " WAITING (1 of 2) " in heads["WAITING"]


def test_what_became_of_a_kill_hides_no_key() -> None:
    first, *_, last = texts(look(BUSY, message="killed a/One.v"), HERE)

    assert first.startswith("rocqshim top   killed a/One.v   sorted by memory")
    assert last.endswith("h help")


def test_the_important_columns_stay_in_a_narrow_terminal() -> None:
    assert texts(look(BUSY), HERE, 40, 12)[:5] == [
        "rocqshim top   sorted by memory",
        "rocq-foo.slice 3G of 8G (38%)  2 running",
        " RUNNING (2)          TIME  *MEM   LEFT",
        ">theories/Big.v      1m45s  1.5G    +5s",
        " theories/Small.v       3s  512M      -",
    ]


NAMES = st.text(st.characters(exclude_categories=()), max_size=40)
JOBS = st.lists(st.builds(job, NAMES, attempt=st.integers(1, 20), memory=st.integers(0, 2**62)))


@settings(deadline=None)
@given(
    jobs=JOBS,
    names=st.lists(NAMES),
    size=st.tuples(st.integers(1, 200), st.integers(1, 60)),
    mode=st.sampled_from((VIEW, FILTER, KILL, HELP)),
    sort=st.sampled_from(SORTS),
    at=st.integers(0, 100),
)
def test_a_frame_is_never_larger_than_the_terminal_and_only_text(
    jobs: list[Answer], names: list[str], size: tuple[int, int], mode: str, sort: str, at: int
) -> None:
    queue = list(map(waiting, names))
    seen = look(project(jobs=jobs, queue=queue, build=build(ended=list(map(ended, names)))))
    chosen = f"rocq-foo.slice/{jobs[at % len(jobs)]['job']}" if jobs else ""
    state = replace(HERE, mode=mode, sort=sort, selected=chosen)

    lines = texts(seen, state, *size)

    assert len(lines) == size[1]
    assert all(width_of(text) <= size[0] for text in lines)
    assert all(letter.isprintable() for text in lines for letter in text)
    if mode == VIEW and size[1] >= 12 and jobs:
        assert any(text.startswith(">") for text in lines)


def test_the_chosen_job_is_in_sight_among_many() -> None:
    jobs = [job(f"f{number:03}.v", memory=number) for number in range(300)]
    state = replace(HERE, selected="rocq-foo.slice/job-f150.v")

    lines = texts(look(project(jobs=jobs)), state)

    assert [text for text in lines if text.startswith(">f150.v")]


def test_wide_letters_do_not_move_the_columns() -> None:
    seen = look(project(jobs=[job("漢字漢字.v"), job("plain.v"), job("e\u0324.v")]))

    rows = [text for text in texts(seen, HERE) if "running" in text]

    assert len({width_of(text.partition("running")[0]) for text in rows}) == 1 and len(rows) == 3


def test_several_projects_are_told_apart() -> None:
    seen = look(BUSY, project("bar", jobs=[job("X.v")]))

    lines = texts(seen, replace(HERE, everything=True))

    assert [text.split()[0] for text in lines if text.endswith("  running")] == [
        "bar:X.v",
        ">foo:theories/Big.v",
        "foo:theories/Small.v",
    ]
    assert "rocq-bar.slice (systemd) /home/u/bar" in lines


def test_many_projects_have_a_line_each() -> None:
    many = [project(f"p{number}", jobs=[job("X.v")]) for number in range(5)]

    lines = texts(look(*many), State("/", everything=True))

    assert lines[1] == (
        "rocq-p0.slice 3G of 8G (38%)  1 running, 0 waiting  45 of 120+ files, 3m12s left"
    )
    assert sum(text.startswith("rocq-p") for text in lines) == 5


def test_here_means_this_folder_and_elsewhere_is_counted() -> None:
    seen = look(BUSY, project("bar", jobs=[job("X.v")], queue=[waiting("Y.v")]))

    below, beside = replace(HERE, here="/home/u/foo/theories"), replace(HERE, here="/home/u")

    assert "2 jobs of other projects: a" in texts(seen, below)[0]
    assert "X.v" not in "".join(texts(seen, below))
    assert "bar:X.v" in "".join(texts(seen, beside))  # this folder has no project: all


def test_the_filter_is_for_all_three_tables() -> None:
    text = "\n".join(texts(look(BUSY), replace(HERE, filter="big")))

    assert "Big.v" in text and 'filter "big"' in text
    assert not [name for name in ("Small.v", "Next.v", " B.v") if name in text]


def test_a_pause_is_seen_with_whose_it_is() -> None:
    paused = project(jobs=BUSY["jobs"], paused=True)

    ours = texts(look(paused), replace(HERE, held=frozenset(["rocq-foo.slice"])))
    others = texts(look(paused), HERE)

    assert ours[1] == "rocq-foo.slice (systemd) /home/u/foo PAUSED, p resumes"
    assert others[1] == "rocq-foo.slice (systemd) /home/u/foo PAUSED elsewhere"


@pytest.mark.parametrize(
    ("state", "last"),
    [
        (replace(HERE, mode=KILL), "kill theories/Big.v (1.5G, 1m45s)? y kills it, any other key"),
        (replace(HERE, mode=KILL, selected="gone"), "that job has ended"),
        (replace(HERE, mode=FILTER, filter="a"), "show files with: a_   (Enter keeps it"),
        (replace(HERE, mode=HELP), "any key goes back"),
    ],
)
def test_the_last_line_says_what_the_keys_do(state: State, last: str) -> None:
    assert texts(look(BUSY), state)[-1].startswith(last)


def test_a_broker_that_is_silent_or_gone_is_said() -> None:
    silent = Look(answer(BUSY), problem="The broker, process 9, does not answer in 2 s.", age=7.0)
    gone = Look(problem="no compiler is running (no broker)")

    assert texts(silent, HERE)[1] == (
        "shown is what was 7s ago: The broker, process 9, does not answer in 2 s."
    )
    assert "theories/Big.v" in "".join(texts(silent, HERE))
    assert texts(look(BUSY, age=4.0), HERE)[1] == "no answer for 4s"
    assert texts(gone, HERE)[:3] == [
        "rocqshim top   sorted by memory",
        "no compiler is running (no broker)",
        "this view waits for a build",
    ]


def test_one_frame_for_a_script_has_all_jobs_and_no_keys() -> None:
    jobs = [job(f"f{number}.v") for number in range(100)]

    text = plain(look(project(jobs=jobs)), State("/home/u/foo", interactive=False), 100)

    assert text.startswith("rocq-foo.slice (systemd) /home/u/foo\n")
    assert text.count("running") == 100 and "quit" not in text and ">" not in text


@pytest.mark.parametrize(
    ("changes", "style"),
    [({}, "good"), ({"memory": 13 * G // 2}, "warn"), ({"memory": 15 * G // 2}, "bad")],
)
def test_the_memory_bar_warns(changes: dict[str, object], style: str) -> None:
    bars = frame(look(project(**changes)), HERE, 80, 24)[2]

    assert [span.style for span in bars if span.text.startswith("[")] == [style]


def test_what_has_no_limit_has_no_bar() -> None:
    limits = dict.fromkeys(project()["limits"])
    free = project(limits=limits, cores=1, unenforced=["io-weight is not enforced: no io"])

    assert texts(look(free), HERE)[2:4] == [
        "memory 3G of infinity, 4G reserved, peak 5G",
        "cpu    [                  ] - of 1 core, 12 tasks",
    ]
    assert "not enforced: io-weight; see rocqshim doctor" in texts(look(free), HERE)


def test_a_peak_of_0_is_unknown() -> None:
    seen = look(project(build=build(ended=[ended("A.v", memory_peak=0)])))

    assert next(text for text in texts(seen, HERE) if "A.v" in text).split()[2] == "-"
