"""A project in the guest: settings, a Makefile, and compilers that do what their source says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .guest import Done, environment, run, until
from .kernel import user_slice

COMPILER = Path(__file__).with_name("coqc.pl")
# make writes down its own cgroup; LAUNCH= gives the same build without rocqshim.
# For tests in which several jobs have to run at the same moment, whatever they will need.
AT_ONCE = """
cpu-quota = "infinity"
[[tool.rocqshim.files]]
match = "*.v"
expected-memory = "1M"
"""
MAKEFILE = """\
LAUNCH ?= rocq-exec
NOTED := $(shell cat /proc/self/cgroup >make.cgroup)
all: $(patsubst %.v,%.vo,$(wildcard *.v))
%.vo: %.v
\t$(LAUNCH) ./coqc $<
"""


class Project:
    """A folder ``root``; its name makes its slice."""

    def __init__(self, root: Path, settings: str, sources: Mapping[str, str]) -> None:
        self.root = root
        root.mkdir(parents=True)
        self.write("Makefile", MAKEFILE)
        self.write("coqc", COMPILER.read_text()).chmod(0o755)
        self.configure(settings)
        for name, text in sources.items():
            self.write(f"{name}.v", text)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def configure(self, settings: str) -> None:
        """Write ``settings`` into [tool.rocqshim]; its first line is line 2."""
        self.write("pyproject.toml", f"[tool.rocqshim]\n{settings}\n")

    @property
    def slice(self) -> str:
        """The name of its slice."""
        return f"rocq-{self.root.name}.slice"

    @property
    def group(self) -> Path:
        """The cgroup of its slice under the user's manager."""
        return user_slice(self.slice)

    def make(self, *words: str, env: Mapping[str, str] | None = None) -> Done:
        """Run make to its end."""
        return run("make", *words, cwd=self.root, env=env)

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> Started:
        """Start a program, and go on."""
        return Started(self.root, words, env)

    def shim(self, *words: str, env: Mapping[str, str] | None = None) -> Done:
        """Run ``rocqshim WORDS``."""
        return run("rocqshim", *words, cwd=self.root, env=env)

    def has(self, name: str) -> bool:
        """Tell whether a file of the project exists."""
        return (self.root / name).exists()

    def begun(self, name: str) -> dict[str, str]:
        """What the compiler of NAME.v wrote down at its start; waits for it."""
        return self._told(f"{name}.begun")

    def facts(self, name: str) -> dict[str, str]:
        """What the kernel had set for the compiler of NAME.v, which calls facts()."""
        return self._told(f"{name}.facts")

    def _told(self, name: str) -> dict[str, str]:
        path = self.root / name
        until(path.exists, f"{path} (the compiler writes it)")
        return dict(line.split(" ", 1) for line in path.read_text().splitlines() if " " in line)

    def pid(self, name: str) -> int:
        """The compiler of NAME.v; waits until it has begun."""
        return int(self.begun(name)["pid"])

    def clean(self) -> None:
        """Remove what compilers wrote."""
        for path in (*self.root.glob("*.vo"), *self.root.glob("*.begun")):
            path.unlink()

    def broker_pid(self) -> int:
        """The broker that serves the project."""
        return int(self._status()["broker"]["pid"])

    def is_served(self, *files: str) -> bool:
        """Tell whether the broker has jobs of all these files, begun by it or adopted."""
        projects = self._status()["projects"]
        return {*files} <= {job["file"] for entry in projects for job in entry["jobs"]}

    def _status(self) -> dict[str, Any]:
        return dict(json.loads(self.shim("status", "--json").stdout))

    def history(self) -> dict[str, dict[str, Any]]:
        """The last row of each file."""
        return {row["file"]: row for row in self.all_history()}

    def all_history(self) -> list[dict[str, Any]]:
        """Every row, in the order in which the attempts ended."""
        path = Path.home() / ".local/state/rocqshim/history.sqlite3"
        with sqlite3.connect(path) as db:
            db.row_factory = sqlite3.Row
            rows = db.execute("SELECT * FROM jobs WHERE root = ? ORDER BY rowid", [str(self.root)])
            return [dict(row) for row in rows]

    def verdicts(self) -> dict[str, str]:
        """The last verdict of each file."""
        return {file: row["verdict"] for file, row in self.history().items()}


class Started:
    """A running program; its output goes to a file, so that nothing can block it."""

    def __init__(self, cwd: Path, words: tuple[str, ...], env: Mapping[str, str] | None) -> None:
        self._log = cwd / f"log-{len(list(cwd.glob('log-*')))}"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                words,
                cwd=cwd,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def pid(self) -> int:
        """Its process."""
        return self.process.pid

    def output(self) -> str:
        """What it and its children have written so far."""
        return self._log.read_text()

    def end(self, patience: float = 120.0) -> int:
        """Wait for its end; gives its status."""
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"still running after {patience:g} s: {self.output()}") from None


def ours(text: str) -> list[str]:
    """The lines that rocq-exec wrote."""
    return re.findall(r"^rocq-exec: .*", text, re.MULTILINE)


def kill(pid: int, number: int) -> None:
    """Send a signal; the process may be gone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
