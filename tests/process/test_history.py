"""`rocqshim history` and `rocqshim jobs` on a recorded build."""

from __future__ import annotations

import json

import pytest

from .installed import Installed, eventually

COQC = '#!/bin/sh\nfor file; do :; done\necho Coq!0000-------1 > "${file%.v}.vo"\n'
MAKEFILE = "all: a.vo b.vo c.vo d.vo\nb.vo: a.vo\n%.vo: %.v\n\trocq-exec coqc $<\n"


@pytest.fixture
def built(here: Installed) -> Installed:
    here.program("coqc", COQC)
    here.settings("")
    here.write("Makefile", MAKEFILE)
    here.write(".depend", "a.vo: a.v\nb.vo: b.v a.vo\nc.vo: c.v\nd.vo: d.v\n")
    for name in "abcd":
        here.write(f"{name}.v", f"(* {name} *)\n")
    assert here.run("run", "--", "make", "-j2").returncode == 0
    eventually(lambda: "  4     0         0" in here.run("history").stdout)
    return here


def test_nothing_is_recorded(here: Installed) -> None:
    for words in (["history"], ["history", "export", "--trace", "-"]):
        done = here.run(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert "No build of this project is recorded." in done.stderr


def test_the_builds(built: Installed) -> None:
    head, row = built.run("history").stdout.splitlines()

    assert head.split() == ["BUILD", "STARTED", "TIME", "JOBS", "REPEATED", "KILLED"]
    assert row.split()[-3:] == ["4", "0", "0"]


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


def test_jobs_by_the_rule_and_by_history(built: Installed) -> None:
    built.settings("", folder="other")
    rule = built.run("jobs", "--json", cwd=built.work / "other")
    found = built.run("jobs", "--json")

    assert json.loads(rule.stdout)["source"] == "rule"
    assert json.loads(found.stdout)["source"] == "history"
    assert built.run("jobs").stdout == f"{json.loads(found.stdout)['jobs']}\n"
    assert "-j1: " in built.run("jobs", "--explain").stdout
