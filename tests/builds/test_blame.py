"""`rocqshim blame` with the real compiler: the right sentence, the project left alone."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from workspace import Done, Workspace, real

from rocqshim.blame.sentences import next_sentence

# Bytes and letters differ; a sentence over two lines; dots, strings and comments that end nothing.
HARMLESS = """\
(* Größe: λ. (* "nested. *)" *) *)
From Demo Require Import
  Base. Definition é := twice 1.
Definition s (x : nat) := (* . *) x.
Notation "[< x ; .. ; y >]" := (cons x .. (cons y nil) ..).
Check Demo.Big.é.
Lemma l : True /\\ True.
Proof. split. - exact I. - { idtac "a. b". exact I. }
Qed.
Inductive tree : Set := Leaf | Node (left right : tree).
Fixpoint full (depth : nat) : tree :=
  match depth with O => Leaf | S below => Node (full below) (full below) end.
Fixpoint even (t : tree) :=
  match t with Leaf => true | Node l r => if even l then even r else true end.
"""
CULPRIT = "Definition answer :=\n  Eval vm_compute in (let t := full 26 in (even t, even t))."
GROWS = CULPRIT.replace("26", "21")
BASE = "Definition twice (n : nat) := n + n.\n"
FIELDS: dict[str, Any] = {
    "version": int, "file": str, "cwd": str, "command": list, "command_from": str, "status": int,
    "verdict": (str, type(None)), "seconds": float, "memory_peak": int, "sentences": int,
    "killed_at": (dict, type(None)), "top": list,
}  # fmt: skip
SENTENCE: dict[str, Any] = {
    "line": int, "last_line": int, "start": int, "end": int, "text": str, "seconds": float,
    "before": int, "after": (int, type(None)), "peak": int, "growth": int,
}  # fmt: skip


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    workspace.write("pyproject.toml", '[tool.rocqshim]\nmemory-max = "500M"\nretries = 0\n')
    workspace.write("_CoqProject", "-Q theories Demo\n")
    workspace.write("theories/Base.v", BASE)
    workspace.write("theories/Big.v", HARMLESS + CULPRIT + "\nDefinition last := 1.\n")
    compile_(workspace, "theories/Base.v")
    return workspace


def compile_(project: Workspace, file: str, status: int = 0) -> Done:
    return project.run("rocq-exec", *real(), "-q", "-Q", "theories", "Demo", file, status=status)


def state(project: Workspace) -> dict[str, tuple[int, int]]:
    """Every file of the project, with what changes when it is written."""
    found = (path for path in project.root.rglob("*") if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}


def blame(project: Workspace, *words: str, status: int = 0) -> dict[str, Any]:
    done = project.run("rocqshim", "blame", "--json", *words, status=status)
    found: dict[str, Any] = json.loads(done.stdout)
    assert list(found) == list(FIELDS)
    assert found["version"] == 1
    for row in [*found["top"], *filter(None, [found["killed_at"]])]:
        assert list(row) == list(SENTENCE)
        assert all(isinstance(row[name], SENTENCE[name]) for name in row), row
    assert all(isinstance(found[name], FIELDS[name]) for name in found), found
    return found


def test_the_sentence_that_kills(project: Workspace) -> None:
    killed = compile_(project, "theories/Big.v", status=-9)
    assert killed.stderr.endswith("\nFatal error: out of memory.\n")
    before = state(project)
    temporary = set(os.listdir(project.env["TMPDIR"]))

    found = blame(project, "theories/Big.v")

    source = (project.root / "theories/Big.v").read_bytes()
    culprit = found["killed_at"]
    assert (culprit["line"], culprit["last_line"]) == (15, 16)
    assert source[culprit["start"] : culprit["end"]].decode() == CULPRIT
    assert culprit["after"] is None
    assert culprit["growth"] > 100 << 20
    assert found["top"][0] == culprit
    assert (found["verdict"], found["status"]) == ("oom-slice", -9)
    assert found["command_from"] == "history"
    assert state(project) == before
    assert set(os.listdir(project.env["TMPDIR"])) == temporary


def test_as_a_person_reads_it(project: Workspace) -> None:
    done = project.run("rocqshim", "run", "--", *words_of(project), status=-9)
    hint = re.search(r"^rocqshim: where in it: (rocqshim blame theories/Big.v)$", done.stderr, re.M)
    assert hint, done.stderr

    told = project.run(*hint[1].split())

    first, sentence, head, row = told.stdout.splitlines()[:4]
    end = "killed (memory-max of the slice was full)"
    assert first.startswith(f"theories/Big.v:15: {end} at this sentence after ")
    assert sentence.strip() == " ".join(CULPRIT.split())
    assert head.split() == ["LINE", "TIME", "BEFORE", "AFTER", "PEAK", "SENTENCE"]
    assert row.split()[0] == "15" and " killed " in row
    assert "rocqshim: in " in told.stderr and "as recorded: " in told.stderr
    assert told.stderr.count("killed, out of memory") == 1  # once: it is not repeated
    builds = project.run("rocqshim", "history").stdout
    assert "blame-" not in builds
    assert "blame-" in project.run("rocqshim", "history", "theories/Big.v").stdout


def words_of(project: Workspace) -> list[str]:
    return ["rocq-exec", *real(), "-q", "-Q", "theories", "Demo", "theories/Big.v"]


def test_the_sentence_that_grows(project: Workspace) -> None:
    project.write("pyproject.toml", '[tool.rocqshim]\nmemory-max = "2G"\n')
    path = project.write("theories/Big.v", f"{HARMLESS}{GROWS}\nDefinition last := 1.\n")

    found = blame(project, "theories/Big.v")  # never compiled: _CoqProject tells how

    source = path.read_bytes()
    every = walk(source)
    assert found["command_from"] == "_CoqProject"
    assert (found["status"], found["killed_at"]) == (0, None)
    assert found["sentences"] == len(every)
    top = found["top"]
    assert top[0]["line"] == 15 and top[0]["growth"] > 30 << 20
    assert top[0]["text"] == " ".join(GROWS.split())
    assert len(top) == 10
    assert all(row["after"] for row in top)
    assert [row["growth"] for row in top] == sorted((row["growth"] for row in top), reverse=True)
    # Where the compiler says that they are, and where we would look for the one that kills.
    assert {(row["start"], row["end"]) for row in top} <= set(every)
    assert not list(project.root.glob("theories/Big.*o")) and not list(
        project.root.rglob("Big.glob")
    )


def walk(source: bytes) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    while place := next_sentence(source, found[-1][1] if found else 0):
        found.append(place)
    return found


def test_our_sentences_are_those_of_the_compiler(project: Workspace, tmp_path: Path) -> None:
    path = project.write("theories/Big.v", f"{HARMLESS}Definition last := 1.")
    out = tmp_path / "out"
    out.mkdir()
    words = [*real(), "-q", "-Q", "theories", "Demo", "-time", "-Q", str(out), "Demo"]
    done = project.run(*words, "-noglob", "-o", str(out / "Big.vo"), "theories/Big.v")

    told = re.findall(r"^Chars (\d+) - (\d+) ", done.stdout, re.M)

    assert [(int(start), int(end)) for start, end in told] == walk(path.read_bytes())


def test_a_file_that_fails(project: Workspace) -> None:
    project.write("theories/Wrong.v", "Definition a := 1.\nDefinition b := nonesuch.\n")

    done = project.run("rocqshim", "blame", "theories/Wrong.v", status=1)

    assert "the compiler ended with status 1; " in done.stdout
    assert "nonesuch" in done.stderr


def test_nothing_else_is_printed_and_the_log_of_the_build_stays(project: Workspace) -> None:
    project.write("pyproject.toml", '[tool.rocqshim]\ntimed = true\nstderr-logs = "logs"\n')
    project.write("theories/Wrong.v", "Definition b := nonesuch.\n")
    log = project.write("logs/theories/Wrong.v.log", "of the build\n")

    done = project.run("rocqshim", "blame", "theories/Wrong.v", status=1)

    assert "nonesuch" in done.stderr
    assert "(real: " not in done.stdout + done.stderr
    assert log.read_text() == "of the build\n"


@pytest.mark.parametrize(
    ("name", "says"),
    [("theories/None.v", "cannot be read: No such file"), ("Makefile", "is no source of Coq")],
)
def test_what_cannot_be_repeated(project: Workspace, name: str, says: str) -> None:
    done = project.run("rocqshim", "blame", name, status=1)

    assert done.stdout == ""
    assert says in done.stderr and len(done.stderr.splitlines()) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ended_by_hand(project: Workspace, number: int) -> None:
    project.write("pyproject.toml", '[tool.rocqshim]\nmemory-max = "4G"\n')
    slow = "Goal True. do 1000000000 (do 1000000000 idtac). exact I. Qed.\n"
    project.write("theories/Slow.v", f'Redirect "begun" Check True.\n{slow}')
    process = subprocess.Popen(
        ["rocqshim", "blame", "theories/Slow.v"], cwd=project.root, env=project.env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(project.root.rglob("begun.out")):  # its first sentence has ended
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(0.5)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # a terminal's Ctrl-C
    else:
        process.send_signal(number)

    out, err = process.communicate(timeout=60)

    assert process.returncode == (130 if number == signal.SIGINT else 0), err
    # The compiler may make an error of a Ctrl-C.
    by_itself = number == signal.SIGINT and "ended with status 1" in out
    assert "theories/Slow.v:2: cancelled at this sentence after " in out or by_itself
    assert " killed " not in out
    assert "do 1000000000" in out
    assert (
        json.loads(project.run("rocqshim", "status", "--json").stdout)["projects"][0]["jobs"] == []
    )
