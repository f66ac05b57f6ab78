"""A build that runs out of memory at -j8 alone, and does not with rocqshim, on a real kernel."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import NewProject
from .guest import run, until
from .kernel import may_take_two
from .project import AT_ONCE, Project

MIB = 1 << 20
LIMIT = 250  # MiB: room for three of them
NAMES = [f"f{number}" for number in range(8)]
SETTINGS = f'memory-max = "{LIMIT}M"\ncpu-quota = "infinity"'
REPEATED = {"ROCQSHIM_RETRIES": ""}  # the default
BARE = (
    "systemd-run", "--user", "--scope", "-q", "-p", f"MemoryMax={LIMIT}M",
    "-p", "MemorySwapMax=0", "make", "-j8", "LAUNCH=",
)  # fmt: skip


def rows(project: Project) -> list[dict[str, Any]]:
    """Every attempt of the project, in the order of their end."""
    return list(project.all_history())


def good(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that succeeded."""
    return [row for row in found if row["verdict"] == "success"]


def told(found: list[dict[str, Any]]) -> str:
    """What is worth to know of attempts, a line each."""
    keys = "file attempt verdict lean waited wall memory_peak anon_peak reservation".split()
    return "\n".join(" ".join(str(row[key]) for key in keys) for row in found)


@pytest.fixture(scope="module")
def hogs(shared_project: NewProject) -> Project:
    """Eight files that hold 80 MiB each for a while."""
    return shared_project(SETTINGS, dict.fromkeys(NAMES, "hold(80); rest(2)"))


def test_make_alone_fails_of_memory(hogs: Project) -> None:
    done = run(*BARE, cwd=hogs.root)

    assert done.returncode != 0  # systemd 252 may end all of the scope, and make with it
    assert not all(hogs.has(f"{name}.vo") for name in NAMES)
    hogs.clean()


def test_the_first_build_succeeds(hogs: Project) -> None:
    """Nothing is known: some may be killed, and run again."""
    done = run("rocqshim", "run", "--", "make", "-j8", cwd=hogs.root, env=REPEATED, patience=400)

    assert done.returncode == 0, done.stderr
    assert all(hogs.has(f"{name}.vo") for name in NAMES)
    until(lambda: len(good(rows(hogs))) == 8)
    failed = [row for row in rows(hogs) if row["verdict"] != "success"]
    assert {row["verdict"] for row in failed} <= {"oom-slice"}
    assert done.stderr.count("It runs again") == len(failed)
    assert ("rocqshim: killed, and repeated: " in done.stderr) == bool(failed)
    assert ": all done;" in done.stderr
    hogs.clean()


def test_the_second_build_kills_nobody(hogs: Project) -> None:
    before = len(rows(hogs))
    done = run("rocqshim", "run", "--", "make", "-j8", cwd=hogs.root, env=REPEATED, patience=400)

    assert done.returncode == 0, done.stderr
    until(lambda: len(good(rows(hogs)[before:])) == 8)
    second = rows(hogs)[before:]
    assert [row["file"] for row in second if row["attempt"] > 1] == [], told(rows(hogs))
    assert len(second) == 8, told(rows(hogs))
    for row in second:
        assert 80 * MIB < row["anon_peak"] <= row["memory_peak"]
        # A megabyte more or less is 1 % of so small a job, and the margin is no more.
        assert 0.95 * row["anon_peak"] < row["reservation"] < 1.5 * row["anon_peak"]
    assert max(row["waited"] for row in second) > 1  # three at once


def test_the_kernel_takes_who_has_least_to_lose(new_project: NewProject) -> None:
    """The last that started, whoever asked for the memory."""
    sources = {
        "old": 'hold(60); await("young.held"); hold(90)',
        "young": 'hold(60); spill("young.held", ""); rest(60)',
    }
    project = new_project(f'memory-max = "200M"{AT_ONCE}', sources)
    old = project.start("make", "old.vo")
    project.begun("old")  # launchers of one make may overtake each other
    young = project.start("make", "young.vo")

    assert old.end() == 0 or may_take_two(), old.output()
    assert young.end() == 2, young.output()
    verdicts = project.verdicts()
    assert verdicts["young.v"] == "oom-slice"
    assert verdicts["old.v"] == "success" or may_take_two()


def test_what_was_killed_runs_again_when_there_is_room(new_project: NewProject) -> None:
    sources = {
        "old": 'hold(60); await("young.held"); hold(90)',
        "young": 'hold(60); spill("young.held", ""); rest(6)',
    }
    project = new_project(f'memory-max = "200M"{AT_ONCE}', sources)
    old = project.start("make", "old.vo", env=REPEATED)
    project.begun("old")
    young = project.start("make", "young.vo", env=REPEATED)

    assert (old.end(), young.end()) == (0, 0), old.output() + young.output()
    until(lambda: len(good(rows(project))) == 2)
    found = [(row["file"], row["attempt"], row["verdict"]) for row in rows(project)]
    assert ("young.v", 1, "oom-slice") in found
    assert len(found) == 3 or may_take_two()


def test_what_never_fits_says_what_it_needs(new_project: NewProject) -> None:
    project = new_project('memory-max = "150M"', {"big": "hold(400)"})
    done = project.make(env=REPEATED)

    assert done.returncode == 2
    assert [row["lean"] for row in rows(project)][-1] == 1
    assert ", and needs more than 1" in done.stderr
    assert not project.has("big.vo")


def test_a_plain_kill_and_an_error_are_not_repeated(new_project: NewProject) -> None:
    project = new_project(
        'memory-max = "200M"', {"killed": "kill 9, $$; rest(9)", "wrong": "exit 1"}
    )
    project.make("-k", env=REPEATED)

    until(lambda: len(rows(project)) == 2)
    assert project.verdicts() == {"killed.v": "signal", "wrong.v": "exit-code"}
