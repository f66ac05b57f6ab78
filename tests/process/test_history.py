"""`rocqshim history` and `rocqshim jobs` on recorded builds."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from .built import build
from .installed import Installed, eventually

COQC = '#!/bin/sh\nfor file; do :; done\necho Coq!0000-------1 > "${file%.v}.vo"\n'


@pytest.fixture
def built(here: Installed) -> Installed:
    build(here, COQC, "abcd")
    return here


def test_nothing_is_recorded(here: Installed) -> None:
    for words in (["history"], ["history", "export", "--trace", "-"]):
        done = here.run(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "No build of this project is recorded." in done.stderr


def test_the_builds(built: Installed) -> None:
    head, row = built.run("history").stdout.splitlines()

    assert head.split() == "BUILD STARTED TIME JOBS FILES REPEATED FAILED KILLED CANCELLED".split()
    assert row.split()[-6:] == ["4", "4", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("script", "jobs"),
    [
        ("make all; make all; make all", [2, 2, 2]),
        ("make one & make two & wait", [1, 1]),
        ("make again", [2]),
        ("rocqshim run -- sh -c 'make all && make all'", [4]),
        ("rocq-exec true; rocq-exec true", [1, 1]),
        ("opam make all", [2]),
    ],
)
def test_a_build_is_one_run_of_the_outermost_tool(
    here: Installed, script: str, jobs: list[int]
) -> None:
    here.settings("")
    here.program("opam", '#!/bin/sh\n"$@"\n:\n')
    rule = "all: one two\none two: ; @rocq-exec true $@.v\nagain: ; @sh -c '$(MAKE) all; :'\n"
    here.write("Makefile", rule)

    ran = here.popen(["bash", "-c", script], start_new_session=True)  # make check has called us

    assert ran.communicate(timeout=60) and ran.returncode == 0
    rows = eventually(lambda: _of_all(here, sum(jobs)))
    assert sorted(row["jobs"] for row in rows) == sorted(jobs)
    report = here.run("report").stdout
    assert report.startswith(f"build {rows[0]['build']} of work, ")
    assert f": {rows[0]['jobs']} job" in report


def _of_all(here: Installed, count: int) -> list[dict[str, Any]]:
    """The builds, when so many jobs are recorded."""
    found = json.loads(here.run("history", "--json").stdout)["builds"]
    return found if sum(row["jobs"] for row in found) == count else []


def test_a_trace(built: Installed) -> None:
    name = built.run("history").stdout.splitlines()[1].split()[0]
    for words in ([], ["--build", name]):
        assert built.run("history", "export", "--trace", "t.json", *words).returncode == 0
        trace = json.loads((built.work / "t.json").read_text())
        assert {file["file"]: file["deps"] for file in trace["files"]} == {
            "a.v": [], "b.v": ["a.v"], "c.v": [], "d.v": [],
        }  # fmt: skip
        assert trace["name"] == "work"
    assert json.loads(built.run("history", "export", "--trace", "-").stdout) == trace


def test_what_cannot_be_exported(built: Installed) -> None:
    unknown = built.run("history", "export", "--trace", "t", "--build", "nonesuch")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "There is no build nonesuch of this project." in unknown.stderr

    nowhere = built.run("history", "export", "--trace", "no/where")
    assert nowhere.returncode == 1
    assert "cannot be written" in nowhere.stderr


BUILD_TYPES: dict[str, Any] = {
    "build": str, "started": float, "seconds": float,
    "jobs": int, "files": int, "repeated": int, "failed": int, "killed": int, "cancelled": int,
}  # fmt: skip
ATTEMPT_TYPES: dict[str, Any] = {
    "build": str, "kind": str, "attempt": int, "started": float, "waited": float,
    "seconds": float, "user": float, "system": float, "memory_peak": (int, type(None)),
    "anon_peak": (int, type(None)), "swap_peak": (int, type(None)),
    "reservation": (int, type(None)), "memory_max": int, "job_memory_max": (int, type(None)),
    "verdict": str, "status": int, "lean": int, "backend": str,
}  # fmt: skip


def fits(row: dict[str, Any], types: dict[str, Any]) -> bool:
    return list(row) == list(types) and all(
        isinstance(row[name], types[name]) and not isinstance(row[name], bool) for name in types
    )


def test_one_file_over_builds(built: Installed) -> None:
    (built.work / "b.vo").unlink()
    built.run("run", "--", "make")
    found = eventually(
        lambda: two if len(two := built.run("history", "b.v").stdout.splitlines()) == 3 else []
    )

    assert found[0].split() == ["STARTED", "TIME", "PEAK", "HOW", "IT", "ENDED", "BUILD"]
    builds = [line.split()[0] for line in built.run("history").stdout.splitlines()[1:]]
    assert [line.split()[-1] for line in found[1:]] == builds
    assert all("done" in line for line in found[1:])
    assert any("████" in line for line in found[1:])
    (built.work / "sub").mkdir()
    for words, folder in ((["../b.vo"], "sub"), (["./b.v"], "."), ([str(built.work / "b.v")], ".")):
        assert built.run("history", *words, cwd=built.work / folder).stdout.splitlines() == found
    plain = built.run("history", "b.v", env={"PYTHONIOENCODING": "ascii"}).stdout
    assert plain.isascii() and "####" in plain


def test_for_programs(built: Installed) -> None:
    listed = json.loads(built.run("history", "--json").stdout)
    of_file = json.loads(built.run("history", "a.v", "--json").stdout)

    assert list(listed) == ["version", "project", "root", "builds"]
    assert (listed["version"], listed["root"]) == (1, str(built.work))
    assert all(fits(row, BUILD_TYPES) for row in listed["builds"]) and listed["builds"]
    assert list(of_file) == ["version", "project", "root", "file", "attempts"]
    assert (of_file["version"], of_file["file"]) == (1, "a.v")
    assert all(fits(row, ATTEMPT_TYPES) for row in of_file["attempts"]) and of_file["attempts"]
    for words, types, document in ((["list"], BUILD_TYPES, listed["builds"]),
                                   (["a.v"], ATTEMPT_TYPES, of_file["attempts"])):  # fmt: skip
        text = built.run("history", *words, "--csv", text=False).stdout.decode()
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
        assert [list(row) for row in rows] == [list(types)]
        assert rows[0]["build"] == document[0]["build"]
        assert float(rows[0]["started"]) == document[0]["started"]
        assert text.endswith("\r\n")


def test_since(built: Installed) -> None:
    later = time.strftime("%Y-%m-%dT%H:%M", time.localtime(time.time() + 3600))
    for words in ([], ["a.v"]):
        assert (
            built.run("history", *words).stdout
            == built.run("history", *words, "--since", "2h").stdout
        )
    assert json.loads(built.run("history", "--json", "--since", later).stdout)["builds"] == []
    assert "as new as that" in built.run("history", "--since", later).stdout
    assert "as new as that" in built.run("history", "a.v", "--since", later).stderr


REFUSED: list[tuple[list[str], int, str]] = [
    (["--since", "soon"], 2, "'soon' is not one of 2h, 3d, "),
    (["prune", "--keep", "-1"], 2, "--keep"),
    (["prune", "--keep", "many"], 2, "'many' is not a number of builds"),
    (["prune", "--older-than", "30"], 2, "'30' is not one of"),
    (["prune"], 2, "It is not said which builds are to be forgotten."),
    (["prune", "--all", "--keep", "3"], 2, "they exclude each other."),
    (["prune", "--all", "--json"], 2, "--json is not for rocqshim history prune."),
    (["--keep", "3"], 2, "--keep is not for rocqshim history list."),
    (["a.v", "--all"], 2, "--all is not for rocqshim history FILE."),
    (["--json", "--csv"], 2, "exclude each other"),
    (["export"], 2, "There is no file to write the trace to."),
    (["aa.v"], 1, "No attempt at aa.v is recorded.\n  Did you mean a.v?"),
    (["nonesuch"], 1, "The builds that there are: rocqshim history"),
]


def test_what_is_refused_and_nothing_lost(built: Installed) -> None:
    for words, status, says in REFUSED:
        done = built.run("history", *words)
        assert (done.returncode, done.stdout) == (status, ""), words
        assert says in done.stderr
    assert len(built.run("history").stdout.splitlines()) == 2


def database(here: Installed) -> Path:
    return Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/history.sqlite3"


def test_prune(built: Installed) -> None:
    with sqlite3.connect(database(built)) as db:  # beside the broker, which is idle
        db.execute("UPDATE jobs SET started = started - 86400 * 40")
        db.execute("UPDATE samples SET time = time - 86400 * 40")
    db.close()
    for name in "ab":
        (built.work / f"{name}.vo").unlink()
    built.run("run", "--", "make")
    eventually(lambda: len(built.run("history").stdout.splitlines()) == 3)
    old = built.run("history").stdout.splitlines()[2].split()[0]

    assert (
        built.run("history", "prune", "--older-than", "50d").stdout
        == "no build is to be forgotten\n"
    )
    done = built.run("history", "prune", "--older-than", "30d")

    first, second = done.stdout.splitlines()
    assert first.startswith("forgotten: 1 build (") and first.endswith(f"): {old}")
    assert "given back; 1 build left, " in second
    assert len(built.run("history").stdout.splitlines()) == 2
    built.settings("", folder="other")
    assert "no build" in built.run("history", "prune", "--all", cwd=built.work / "other").stdout
    words = ["history", "prune", "--all", "--every-project"]
    assert "0 builds left" in built.run(*words, cwd=built.work / "other").stdout
    assert built.run("history").stdout.startswith("No build of this project is recorded.")


def test_a_damaged_history_is_not_an_empty_one(built: Installed) -> None:
    built.run("stop", "--all", "--broker")
    path = database(built)
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * 40960)  # but for the first page

    for words in (
        ["list"],
        ["--json"],
        ["--csv"],
        ["a.v"],
        ["prune", "--all"],
        ["prune", "--keep=9"],
    ):
        done = built.run("history", *words)
        assert (done.returncode, done.stdout) == (1, ""), words
        fact = f"rocqshim: The history {path} is damaged: database disk image is malformed.\n"
        assert done.stderr.startswith(f"{fact}  End the broker (rocqshim stop --all --broker)")


def test_prune_beside_a_build_and_beside_another_writer(built: Installed) -> None:
    built.program("slow", "#!/bin/sh\nsleep 60\n")
    job = built.job("slow", "x.v")
    eventually(built.jobs)
    busy = built.run("history", "prune", "--all")
    assert (busy.returncode, busy.stdout) == (1, "")
    assert "A broker writes the history: 1 job runs or waits.\n  Try again" in busy.stderr
    built.run("stop")
    job.communicate(timeout=30)

    eventually(lambda: not built.jobs())
    writer = sqlite3.connect(database(built), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    locked = built.run("history", "prune", "--all")
    writer.execute("ROLLBACK")
    writer.close()
    assert (locked.returncode, locked.stdout) == (1, "")
    assert "cannot be changed: database is locked.\n  Try again" in locked.stderr
    assert built.run("history", "a.v").returncode == 0


def test_jobs_by_the_rule_and_by_history(built: Installed) -> None:
    built.settings("", folder="other")
    rule = built.run("jobs", "--json", cwd=built.work / "other")
    found = built.run("jobs", "--json")

    assert json.loads(rule.stdout)["source"] == "rule"
    assert json.loads(found.stdout)["source"] == "history"
    assert built.run("jobs").stdout == f"{json.loads(found.stdout)['jobs']}\n"
    assert "-j1: " in built.run("jobs", "--explain").stdout


def test_jobs_by_the_rule_where_files_need_each_other(built: Installed) -> None:
    with sqlite3.connect(database(built)) as db:  # b.v needs a.v: of another branch
        db.execute("""UPDATE jobs SET loads = '["b.v"]' WHERE file = 'a.v'""")
    db.close()

    found = built.run("jobs", "--json")

    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["source"] == "rule"


def test_jobs_of_a_time_when_the_clock_was_set_back(built: Installed) -> None:
    with sqlite3.connect(database(built)) as db:
        db.execute("UPDATE jobs SET wall = -0.5 WHERE file = 'a.v'")
    db.close()

    assert json.loads(built.run("jobs", "--json").stdout)["source"] == "history"
    built.run("history", "export", "--trace", "t.json")
    assert built.run("simulate", "t.json").returncode == 0


def test_jobs_counts_no_file_that_is_gone(built: Installed) -> None:
    with sqlite3.connect(database(built)) as db:
        db.execute("CREATE TEMP TABLE old AS SELECT * FROM jobs")
        db.execute("UPDATE old SET file = 'old/' || file")
        db.execute("INSERT INTO jobs SELECT * FROM old")
        db.execute("UPDATE old SET file = 'made.v', cwd = root || '/_build/default'")
        db.execute("INSERT INTO jobs SELECT * FROM old LIMIT 1")
    db.close()
    built.write("_build/default/made.v", "")

    assert ": 5 files," in built.run("jobs", "--explain").stdout
    (built.work / "a.v").unlink()
    assert ": 4 files," in built.run("jobs", "--explain").stdout


def test_bars_of_a_terminal_without_their_letters(built: Installed) -> None:
    assert "█" in built.run("history", "a.v").stdout
    built.env["LC_ALL"] = "C"
    plain = built.run("history", "a.v").stdout
    assert "█" not in plain and "######" in plain
