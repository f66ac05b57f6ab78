"""A compiler killed while it writes leaves no .vo that the next make would believe in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import NewProject
from .guest import good
from .project import Project, ours

# In the real compiler's place: as long as there is a file `short`, it dies while it writes b.vo.
WRAPPER = """\
#!/bin/sh
case "$* " in *b.v\\ *)
    if [ -e short ]; then
        printf 'Coq!1234\\0\\0\\0\\0\\0\\0\\0\\0 cut off' > b.vo
        : > b.glob
        exec perl -e 'my $m = 1 << 20; push @held, "x" x $m while 1'
    fi ;;
esac
exec {compiler} "$@"
"""
# Rocq 9 has `rocq c`; up to 8.20 it is coqc.
VARIABLE, NAME = ("ROCQ", "rocq") if shutil.which("rocq") else ("COQC", "coqc")


@pytest.fixture
def project(new_project: NewProject) -> Project:
    """A coq_makefile project of two files and a compiler that can be made to die."""
    made = new_project('memory-max = "600M"\njob-memory-max = "400M"', {})
    made.write("a.v", "Definition one := 1.\n")
    made.write("b.v", "Require Import a.\nLemma same : one = 1. Proof. reflexivity. Qed.\n")
    made.write("_CoqProject", "-R . Foo\na.v\nb.v\n")
    made.write(f"bin/{NAME}", WRAPPER.format(compiler=shutil.which(NAME))).chmod(0o755)
    good("coq_makefile", "-f", "_CoqProject", "-o", "Makefile", cwd=made.root)
    return made


@pytest.mark.parametrize("keep", [True, False], ids=["KEEP_ERROR", "delete-on-error"])
def test_next_make_builds_it(project: Project, keep: bool) -> None:
    words = [f"{VARIABLE}=rocq-exec {project.root}/bin/{NAME}", *(["KEEP_ERROR=1"] if keep else [])]
    project.write("short", "")
    first = project.make(*words)

    assert first.returncode == 2
    assert any("b.v: killed, out of memory" in line for line in ours(first.stderr)), first.stderr
    assert project.verdicts() == {"a.v": "success", "b.v": "oom-job"}
    assert [path.name for path in written(project)] == ["a.vo"]

    Path(project.root / "short").unlink()
    second = project.make(*words)
    assert second.returncode == 0, second.stderr
    assert project.verdicts() == {"a.v": "success", "b.v": "success"}
    assert [path.name for path in written(project)] == ["a.vo", "b.vo"]


def written(project: Project) -> list[Path]:
    """The compiled files; none of them may be cut."""
    found = sorted(project.root.glob("*.vo"))
    assert all(any(path.read_bytes()[8:16]) for path in found)
    return found
