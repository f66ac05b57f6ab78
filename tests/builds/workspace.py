"""A folder with a small development of our own, built by the real tools of this machine.

Nothing here knows a version: what differs between Coq 8.16 and Rocq 9.2 is asked of the compiler.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
# A tree of four files: two in the middle can be compiled at once.
SOURCES = {
    "theories/Base.v": "Definition twice (n : nat) := n + n.\n",
    "theories/Left.v": "From Demo Require Import Base.\nDefinition left := twice 1.\n",
    "theories/Right.v": "From Demo Require Import Base.\nDefinition right := twice 2.\n",
    "theories/Both.v": "From Demo Require Import Left Right.\n"
    "Lemma both : left + left = right.\nProof. reflexivity. Qed.\n",
}
FILES = sorted(SOURCES)
HAS_COMPILER = bool(shutil.which("coqc") or shutil.which("rocq"))
Done = subprocess.CompletedProcess[str]


class Job(NamedTuple):
    """A line of the history."""

    file: str
    kind: str
    verdict: str
    slice: str
    root: str


@functools.cache
def version() -> tuple[int, int]:
    """Of the compiler in PATH; (0, 0) where there is none, and the tests will say so."""
    if not HAS_COMPILER:
        return 0, 0
    program = ["coqc"] if shutil.which("coqc") else ["rocq", "c"]
    done = subprocess.run([*program, "--print-version"], capture_output=True, text=True, check=True)
    found = re.match(r"(\d+)\.(\d+)", done.stdout)
    assert found, done.stdout
    return int(found[1]), int(found[2])


def is_rocq() -> bool:
    """From 9.0 on the recipes of coq_makefile use $(ROCQ)."""
    return version() >= (9, 0)


def real() -> list[str]:
    """The compiler as a command, by its absolute path."""
    found = shutil.which("rocq") if is_rocq() else shutil.which("coqc")
    assert found
    return [found, "c"] if is_rocq() else [found]


class Workspace:
    """A folder, the environment that commands run in, and what the history says of their jobs."""

    def __init__(self, root: Path, env: dict[str, str]) -> None:
        self.root = root
        self.env = env
        root.mkdir(parents=True)
        self.write("pyproject.toml", '[tool.rocqshim]\nmemory-max = "60%"\n')

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def sources(self) -> None:
        for name, text in SOURCES.items():
            self.write(name, text)

    def run(self, *words: str, env: dict[str, str] | None = None, status: int = 0) -> Done:
        """Run a command; its status must be ``status``."""
        done = subprocess.run(
            words, cwd=self.root, env={**self.env, **(env or {})},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words, cwd=self.root, env=self.env,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def jobs(self, count: int) -> list[Job]:
        """All jobs so far, in order of name; the broker records one after its launcher's end."""
        deadline = time.monotonic() + 10
        while len(found := self._rows()) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        return found

    def peak(self) -> int:
        """Bytes, of the job that was recorded last."""
        self.jobs(1)
        db = sqlite3.connect(Path(self.env["XDG_STATE_HOME"]) / "rocqshim/history.sqlite3")
        try:
            found = db.execute("SELECT memory_peak FROM jobs ORDER BY rowid DESC").fetchone()
        finally:
            db.close()
        return int(found[0])

    def _rows(self) -> list[Job]:
        path = Path(self.env["XDG_STATE_HOME"]) / "rocqshim/history.sqlite3"
        if not path.exists():
            return []
        db = sqlite3.connect(path)
        try:
            return sorted(
                map(Job._make, db.execute("SELECT file, kind, verdict, slice, root FROM jobs"))
            )
        finally:
            db.close()

    def files(self, count: int, kind: str = "vo") -> list[str]:
        """The files of the jobs of one kind; every job must have succeeded."""
        found = self.jobs(count)
        assert {job.verdict for job in found} <= {"success"}, found
        return [job.file for job in found if job.kind == kind]

    def made(self, pattern: str = "*.vo") -> dict[str, str]:
        """The files that were built, by name, each with its digest."""
        return {
            str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.root.rglob(pattern))
        }


def coqbin() -> str:
    return os.path.dirname(real()[0]) + "/"
