"""A project folder, compilers and a launcher that only record how they were called.

GNU make is the one of PATH; ROCQSHIM_TEST_MAKES=/path/make-4.0:/path/make-4.4 adds others.
"""

import os
import shutil
import subprocess
from pathlib import Path

from rocqshim.makefile.include import render

# Each argument in its own brackets, so that wrong quoting shows. The calls of one make run are
# in one file, one line each, in order.
RECORDER = """#!/bin/sh
line=${0##*/}; for word; do line="$line [$word]"; done
echo "$line" >> "$CALLS"
"""
LAUNCHER = RECORDER + 'exec "$@"\n'


def makes() -> list[str]:
    found = [shutil.which("make") or "make"]
    return found + [path for path in os.environ.get("ROCQSHIM_TEST_MAKES", "").split(":") if path]


def version(make: str) -> str:
    lines = subprocess.run([make, "--version"], capture_output=True, text=True, check=True).stdout
    return lines.splitlines()[0].rpartition(" ")[2]


class Project:
    """A folder with the include in mk/, and a PATH of recorders."""

    def __init__(self, base: Path, make: str) -> None:
        self.make = make
        self.root = base / "my project"
        self.bin = base / "bin"
        self.calls_file = base / "calls"
        self.program(self.bin / "rocq-exec", LAUNCHER)
        for name in ("coqc", "rocq", "coqchk", "rocqshim"):
            self.program(self.bin / name, RECORDER)
        self.write("mk/rocq-limits.mk", render())
        self.path = f"{self.bin}:/usr/bin:/bin"

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def program(self, path: Path, text: str = RECORDER) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def run(
        self, *args: str, env: dict[str, str] | None = None, cwd: str = "."
    ) -> subprocess.CompletedProcess[str]:
        """Run make; its output is English, and nothing of this process's make reaches it."""
        self.calls_file.write_text("")
        environment = {"PATH": self.path, "CALLS": str(self.calls_file), "LC_ALL": "C"}
        return subprocess.run(
            [self.make, *args],
            cwd=self.root / cwd,
            env={**environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """Every call; what the launcher started is the line after the launcher's."""
        return self.calls_file.read_text().splitlines()

    def launched(self) -> list[str]:
        """The calls that went through the launcher, without their first word."""
        return [line.partition(" ")[2] for line in self.calls if line.startswith("rocq-exec ")]
