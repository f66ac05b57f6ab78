"""Real .v files that do not fit all at once: a plain -j8 fails, ours builds, cold and warm."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from .installed import Installed, eventually

FILES = [f"f{number}.v" for number in range(5)]
BIG = Path(__file__).parents[2] / "examples/out-of-memory/Big.v"
DEPTH = 23  # a tree of 2^23 nodes: some 200 MB
MAKEFILE = "all: $(patsubst %.v,%.vo,$(wildcard *.v))\n%.vo: %.v\n\trocq-exec coqc -q $<\n"
LIMITS = 'memory-max = "600M"\ncpu-quota = "infinity"\n'
# As if -j8 were all that decides: nothing is reserved, nothing repeated.
STATIC = f'{LIMITS}retries = 0\n[[tool.rocqshim.files]]\nmatch = "*"\nexpected-memory = "1M"\n'


@pytest.fixture
def hogs(here: Installed) -> Installed:
    if not shutil.which("coqc"):
        pytest.skip("there is no coqc here: apt-get install coq")
    here.write("Makefile", MAKEFILE)
    text = BIG.read_text().replace("full 26", f"full {DEPTH}")
    for name in FILES:
        here.write(name, text)
    return here


def rows(here: Installed) -> list[tuple[str, int, str]]:
    path = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/history.sqlite3"
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT file, attempt, verdict FROM jobs ORDER BY rowid").fetchall()
    db.close()
    return found


def test_a_build_that_has_no_room_for_all_at_once(hogs: Installed) -> None:
    hogs.settings(STATIC)
    static = hogs.run("run", "--", "make", "-k", "-j8")
    assert static.returncode == 2
    assert "killed, out of memory" in static.stderr
    hogs.run("stop", "--broker")
    shutil.rmtree(Path(str(hogs.env["XDG_STATE_HOME"])) / "rocqshim")

    for _ in ("cold", "warm"):
        hogs.settings(LIMITS)
        for path in hogs.work.glob("*.vo"):
            path.unlink()
        done = hogs.run("run", "--", "make", "-j8")
        assert done.returncode == 0, done.stderr
        assert ": all done;" in done.stderr
        assert all((hogs.work / f"{name}o").exists() for name in FILES)

    found = eventually(lambda: rows(hogs)[-5:] if len(rows(hogs)) >= 10 else [])
    assert [(attempt, verdict) for _, attempt, verdict in found] == [(1, "success")] * 5


def ends_out_of_memory(output: str) -> bool:
    """As coq-tools asks it of all that a compiler has printed (diagnose_error.py)."""
    return output.strip().endswith("\nFatal error: out of memory.")


def test_the_last_line_is_what_bug_minimizers_look_for(hogs: Installed) -> None:
    hogs.write("f0.v", BIG.read_text())
    for retries in (0, 1):
        hogs.settings(LIMITS.replace("600M", "400M") + f"retries = {retries}\n")
        job = hogs.job("coqc", "-q", "f0.v", stderr=subprocess.STDOUT)
        output, _ = job.communicate(timeout=60)

        assert ends_out_of_memory(output), output
        assert output.count("Fatal error") == 1
        assert output.count("killed, out of memory") == retries + 1
        assert job.returncode == -9


def test_no_such_line_where_memory_was_not_the_cause(hogs: Installed) -> None:
    hogs.settings(LIMITS)
    hogs.write("wrong.v", "Definition x := nonesuch.\n")
    job = hogs.job("coqc", "-q", "wrong.v", stderr=subprocess.STDOUT)

    assert "Fatal error" not in job.communicate(timeout=60)[0]
