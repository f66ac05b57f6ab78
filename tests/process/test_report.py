"""`rocqshim report` on recorded builds, as a user and as CI call it."""

from __future__ import annotations

import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from unit.history.support import JOB, first_version
from unit.report.support import G, row, sample

from rocqshim.cli.report import NONE_ALIKE
from rocqshim.history import FILE, History
from rocqshim.report.builds import SEARCHED

from .built import build
from .installed import Installed, eventually

COQC = (
    '#!/bin/sh\nfor file; do :; done\n[ ! -e "$file.slow" ] || sleep 60\necho > "${file%.v}.vo"\n'
)


@pytest.fixture
def built(here: Installed) -> Installed:
    """A real build of two files."""
    build(here, COQC, "ab")
    return here


def history_file(here: Installed) -> str:
    return str(Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim" / FILE)


def record(here: Installed, build: str, *files: tuple[str, float, int], at: float = 0.0) -> None:
    """A build as the broker would have recorded it. files: name, seconds, bytes."""
    here.settings("")
    history = History.open(history_file(here))
    root = str(here.work)
    for file, wall, peak in files:
        job = row(file, at, wall, anon_peak=peak, build=build, root=root)
        history.record(job)
        history.record_sample(sample(at, build=build, root=root))
    assert history.problem is None
    history.close()


def test_nothing_is_recorded(here: Installed) -> None:
    done = here.run("report")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "rocqshim: No build of this project is recorded.\n"
        "  Build it through rocq-exec first: rocqshim run -- make\n"
    )


def test_a_real_build_in_every_form(built: Installed) -> None:
    shown = built.run("report")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert ": 2 jobs of 2 files in " in shown.stdout.splitlines()[0]
    assert "\n  a.v > b.v\n" in shown.stdout

    made = json.loads(built.run("report", "--json").stdout)
    assert [job["file"] for job in made["jobs"]] == ["a.v", "b.v"]
    assert made["samples"] and made["running"] is False

    quiet = built.run("report", "--html", "r.html", "--trace", "t.json")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert "<!doctype html>" in (built.work / "r.html").read_text().lower()
    events = json.loads((built.work / "t.json").read_text())["traceEvents"]
    assert {one["name"] for one in events if one["ph"] == "X"} == {"a.v", "b.v"}
    assert not [path.name for path in built.work.iterdir() if path.name.startswith(".r.html")]


def test_one_that_still_runs(built: Installed) -> None:
    for name in ("a.vo", "b.vo"):
        (built.work / name).unlink()
    built.write("b.v.slow", "")
    make = built.start("run", "--", "make", "-j2")
    eventually(lambda: [job["file"] for job in built.jobs()] == ["b.v"])

    made = json.loads(built.run("report", "--json").stdout)
    shown = built.run("report").stdout.splitlines()[0]
    built.run("stop")
    make.communicate(timeout=30)

    assert made["running"] is True
    assert [job["file"] for job in made["jobs"]] == ["a.v"]
    assert ": 1 job of 1 file in " in shown and shown.endswith(", and it runs on")
    assert "and it runs on" not in built.run("report").stdout


def test_a_build_by_its_name(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    record(here, "two", ("b.v", 1, G), at=100)

    assert here.run("report", "--build", "one").stdout.startswith("build one of ")
    assert here.run("report", "--build", "last").stdout.startswith("build two of ")
    none = here.run("report", "--build", "three")
    assert (none.returncode, none.stdout) == (1, "")
    assert none.stderr == (
        "rocqshim: There is no build three of this project.\n"
        "  The builds that there are: rocqshim history\n"
    )


def test_stdout_for_one_of_them(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))

    assert "traceEvents" in json.loads(here.run("report", "--trace", "-").stdout)
    assert here.run("report", "--html", "-").stdout.lower().startswith("<!doctype html>")
    for words in (["--html", "-", "--json"], ["--html", "-", "--trace", "-"]):
        both = here.run("report", *words)
        assert (both.returncode, both.stdout) == (2, "")
        assert "Only one of --html, --trace and --json can go to stdout." in both.stderr


def test_a_file_is_written_whole_or_not_at_all(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    kept = here.write("kept.json", "old")
    kept.chmod(0o640)
    link = here.work / "link.json"
    link.symlink_to("kept.json")
    reader = kept.open()  # somebody reads it meanwhile
    nowhere = here.run("report", "--trace", "no/where.json")
    folder = here.run("report", "--html", ".")

    assert here.run("report", "--trace", "link.json").returncode == 0
    assert link.is_symlink()
    assert reader.read() == "old"
    reader.close()
    assert json.loads(kept.read_text())["traceEvents"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert (nowhere.returncode, nowhere.stderr) == (
        1,
        "rocqshim: The trace no/where.json cannot be written: No such file or directory.\n"
        "  Choose another file: --trace FILE\n",
    )
    assert "The page . cannot be written: Is a directory." in folder.stderr


def test_a_pipe_is_written_to(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    pipe = here.work / "pipe"
    os.mkfifo(pipe)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()

    assert here.run("report", "--trace", "pipe").returncode == 0
    reader.join(20)
    assert "traceEvents" in json.loads(found[0])

    # The kernel's link to one, as /dev/stdout is.
    (here.work / "out").symlink_to("/proc/self/fd/1")
    assert "traceEvents" in here.run("report", "--trace", "out").stdout


def test_a_pipe_without_a_path_is_written_to(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    by_name = here.run("report", "--trace", "/dev/stdout")
    script = "rocqshim report --trace >(cat >found) >table; wait $!"
    shell = here.popen(["bash", "-c", script])
    shell.communicate(timeout=30)

    assert '"traceEvents"' in by_name.stdout
    assert json.loads((here.work / "found").read_text())["traceEvents"]


def test_a_peak_fails_the_build(here: Installed) -> None:
    record(here, "one", ("a.v", 1, 9 * G), ("b.v", 1, 10 * G), ("c.v", 1, G))

    over = here.run("report", "--fail-if-peak", "8G")
    assert over.returncode == 1
    assert over.stdout.startswith("build one of ")
    assert over.stderr == "2 files had more than 8G (--fail-if-peak):\n  b.v  10G\n  a.v  9G\n"
    assert here.run("report", "--fail-if-peak", "10G").returncode == 0


def test_growth_fails_the_build(here: Installed) -> None:
    record(here, "one", ("a.v", 10, G), ("b.v", 10, G))
    record(here, "two", ("a.v", 20, G), ("b.v", 10.5, G), at=100)
    gate = ["--max-growth", "10%"]
    line = "  a.v  CPU 10.0 s -> 20.0 s (+100%)\n"
    assert here.run("report", "--build", "one", "--json").stdout
    here.write("one.json", here.run("report", "--build", "one", "--json").stdout)

    for words in ([], ["--compare-with", "previous"], ["--compare-with", "one"],
                  ["--compare-with", "one.json"]):  # fmt: skip
        done = here.run("report", *gate, *words)
        assert done.returncode == 1
        assert (
            done.stderr == f"1 file grew by more than 10% since build one (--max-growth):\n{line}"
        )
    assert here.run("report", "--compare-with", "one", "--max-growth", "100%").returncode == 0
    assert here.run("report", "--compare-with", "one").returncode == 0
    back = here.run("report", "--build", "one", "--compare-with", "last", *gate)
    assert (back.returncode, back.stderr) == (0, "")


def test_what_cannot_be_compared(here: Installed) -> None:
    record(here, "one", ("a.v", 10, G))
    gate = ["--max-growth", "10%"]

    first = here.run("report", *gate)
    assert first.returncode == 0
    assert first.stderr == f"{NONE_ALIKE}\n"
    for name, problem in {
        "last": "Build one would be compared with itself.",
        "gone": "There is no build gone of this project.",
        "gone.json": "The report gone.json cannot be read: No such file or directory.",
    }.items():
        done = here.run("report", *gate, "--compare-with", name)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"rocqshim: {problem}\n")


def test_the_build_before_is_one_of_the_same_files(here: Installed) -> None:
    record(here, "whole", ("a.v", 1, G), ("b.v", 1, G), ("c.v", 1, G))
    record(here, "part", ("c.v", 9, G), at=100)
    record(here, "again", ("a.v", 3, G), ("b.v", 1, G), ("c.v", 1, G), at=200)

    made = json.loads(here.run("report", "--json").stdout)

    assert made["previous"]["build"] == "whole"
    assert made["previous"]["files"][0]["file"] == "a.v"


def test_many_small_builds_hide_no_large_one(here: Installed) -> None:
    record(here, "whole", ("a.v", 1, G), ("b.v", 1, G), ("c.v", 1, G))
    for number in range(SEARCHED + 1):
        record(here, f"small{number}", ("c.v", 1, G), at=100.0 + number)
    record(here, "again", ("a.v", 3, G), ("b.v", 1, G), ("c.v", 1, G), at=200)

    done = here.run("report", "--max-growth", "10%")

    assert done.returncode == 1
    assert "since build whole (--max-growth)" in done.stderr


def test_a_session_of_an_editor_is_not_the_last_build(here: Installed) -> None:
    record(here, "whole", ("a.v", 1, 3 * G))
    history = History.open(history_file(here))
    history.record(row("b.v", 9, 9, build="coqtop", root=str(here.work), kind="interactive"))
    history.close()

    assert json.loads(here.run("report", "--json").stdout)["build"] == "whole"
    assert here.run("report", "--fail-if-peak", "2G").returncode == 1
    assert here.run("report", "--build", "coqtop", "--json").returncode == 0
    assert here.run("history", "prune", "--keep", "1").stdout == "no build is to be forgotten\n"


def test_a_session_of_an_editor_alone_can_be_asked_for(here: Installed) -> None:
    here.settings("")
    history = History.open(history_file(here))
    history.record(row("b.v", 9, 9, build="coqtop", root=str(here.work), kind="interactive"))
    history.close()

    assert "No build of this project is recorded." in here.run("report").stderr
    named = here.run("report", "--build", "coqtop", "--json")
    assert json.loads(named.stdout)["jobs"][0]["kind"] == "interactive"
    gate = here.run("report", "--build", "coqtop", "--fail-if-peak", "2G")
    assert "The memory of no job of build coqtop is known." in gate.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--fail-if-peak", "much"], '--fail-if-peak "much" is not a size.'),
        (["--fail-if-peak", "0"], '--fail-if-peak "0" is zero.'),
        (["--max-growth", "x"], '--max-growth "x" is no such share.'),
        (["--max-growth=-1%"], '--max-growth "-1%" is no such share.'),
        (["--max-growth", "nan"], '--max-growth "nan" is no such share.'),
    ],
)
def test_a_bad_value_is_named(here: Installed, words: list[str], problem: str) -> None:
    done = here.run("report", *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"rocqshim: {problem}\n  Allowed: ")


def test_names_that_are_no_text(here: Installed) -> None:
    record(here, "one", ("d\udcff.v", 1, G))

    assert "d\\udcff.v" in here.run("report").stdout
    assert json.loads(here.run("report", "--json").stdout)["jobs"][0]["file"] == "d\udcff.v"
    assert here.run("report", "--html", "r.html", "--trace", "t.json").returncode == 0


def test_a_history_of_the_first_version(here: Installed, monkeypatch: pytest.MonkeyPatch) -> None:
    here.settings("")
    monkeypatch.setattr("unit.history.support.JOB", replace(JOB, root=str(here.work)))
    first_version(history_file(here), "a.v", "b.v")

    shown = here.run("report", "--fail-if-peak", "5G", "--max-growth", "1%")

    assert shown.returncode == 0, shown.stderr
    assert "an unknown peak of memory-max 6G" in shown.stdout
    assert json.loads(here.run("report", "--json").stdout)["critical_path"] is None
    assert here.run("report", "--html", "r.html", "--trace", "t.json").returncode == 0


def test_a_history_that_is_none(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    Path(history_file(here)).write_bytes(b"no database, but long enough to be looked at" * 99)

    done = here.run("report")

    assert (done.returncode, done.stdout) == (1, "")
    assert "was damaged (" in done.stderr


def test_two_forms_in_one_file(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))

    done = here.run("report", "--html", "x", "--trace", "./x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--html and --trace would both be written to x." in done.stderr
    assert not (here.work / "x").exists()


def test_a_newer_build_without_a_job_is_named(here: Installed) -> None:
    record(here, "one", ("a.v", 1, G))
    assert here.run("report").stderr == ""
    history = History.open(history_file(here))
    history.record_sample(sample(100, build="two", root=str(here.work)))
    history.close()

    done = here.run("report")

    assert done.stdout.startswith("build one of ")
    assert "of build two, which is newer, no job has ended" in done.stderr
    assert here.run("report", "--build", "one").stderr == ""
