"""Launchers before PATH with the compiler of the machine: Rocq 9.2 or Coq 8.16."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import Done, good, run
from .project import Project

ROCQ = bool(shutil.which("rocq"))
COMPILE = "rocq c" if ROCQ else "coqc"
CHECK = "rocq check -silent -o" if ROCQ else "coqchk -silent -o"
GENERATE = "rocq makefile" if ROCQ else "coq_makefile"
SUBCOMMANDS = ["rocq", "rocq c --config", "rocq nonsense", "rocq dep -R . Demo a.v b.v"]
PROBES = ["coqc --config", "coqc"]
# By its name, so that only PATH can bring a launcher in.
MAKEFILE = f"all: b.vo\n%.vo: %.v ; {COMPILE} -q -R . Demo $<\nb.vo: a.vo\n"
SOURCES = {
    "a": "Definition x := 1.\n",
    "b": "From Demo Require Import a.\nGoal True /\\ x = 1. split. par: auto. Qed.\n",
}


@pytest.fixture(scope="module")
def project(shared_project: NewProject) -> Project:
    made = shared_project('memory-max = "1G"', SOURCES)
    made.write("Makefile", MAKEFILE)
    (made.root / "coqc").unlink()
    done = made.shim("shims")
    assert done.returncode == 0, done.stderr
    return made


def behind(project: Project, script: str) -> Done:
    """Run a script with the launchers before PATH."""
    return run("sh", "-c", f'PATH="$PWD/.rocqshim/bin:$PATH"\n{script}', cwd=project.root)


@pytest.mark.parametrize("call", [*PROBES, *(SUBCOMMANDS if ROCQ else [])])
def test_probes_are_the_same(project: Project, call: str) -> None:
    bare, launched = run("sh", "-c", call, cwd=project.root), behind(project, call)

    assert (launched.returncode, launched.stdout, launched.stderr) == (
        bare.returncode, bare.stdout, bare.stderr,
    )  # fmt: skip


def test_a_build_with_workers_and_the_checker(project: Project) -> None:
    done = behind(project, f"make && {CHECK} -R . Demo Demo.b")

    assert done.returncode == 0, done.stdout + done.stderr
    history = project.history()
    assert history["a.v"]["kind"] == history["b.v"]["kind"] == "vo"
    assert {row["backend"] for row in history.values()} == {"systemd"}
    assert sorted(row["kind"] for row in history.values()) == ["check", "vo", "vo"]
    assert set(project.verdicts().values()) == {"success"}


def test_generated_files_are_the_same(project: Project) -> None:
    """`rocq makefile` writes its own name into them."""
    for folder in ("bare", "launched"):
        project.write(f"{folder}/_CoqProject", "-R . Demo\na.v\n")
    words = f"{GENERATE} -f _CoqProject -o CoqMakefile"
    good("sh", "-c", f"cd bare && {words}", cwd=project.root)

    done = behind(project, f"cd launched && {words}")

    assert done.returncode == 0, done.stderr
    files = [
        {path.name: path.read_bytes() for path in (project.root / folder).iterdir()}
        for folder in ("bare", "launched")
    ]
    assert files[0] == files[1]
    assert len(files[0]) == 3


def test_the_launcher_tells_the_compiler(project: Project) -> None:
    """For Rocq 9 that is not `rocq` itself, but the worker that it executes."""
    name = "rocq" if ROCQ else "coqc"
    text = (project.root / ".rocqshim/bin" / name).read_text()

    version = good(*COMPILE.split(), "--print-version")
    assert f"\n#   version {version}\n" in text
    assert ("/rocqworker, " in text) == ROCQ
    tools = {path.name for path in (project.root / ".rocqshim/bin").iterdir()}
    assert {name, "coqchk" if not ROCQ else "rocqchk"} <= tools
    assert all(Path(f"/usr/bin/{tool}").exists() for tool in tools)
