"""Compilers that run until a test says so, for views of a build: real jobs, fake work."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from .installed import Installed

# `coqc a.v` has begun when a.v.began is there, and ends as a.v.end says: its exit status.
COQC = """\
#!/bin/sh
for file; do :; done
case $file in *.v) ;; *) exit 0 ;; esac  # a probe
touch "$file.began"
while [ ! -e "$file.end" ]; do sleep 0.02; done
sleep "${PAUSE:-0}"  # long enough to be measured
exit "$(cat "$file.end")"
"""


class Compilers:
    """A coqc in PATH that obeys."""

    def __init__(self, here: Installed) -> None:
        self.here = here
        here.program("coqc", COQC)

    def compile(self, file: str, **options: Any) -> subprocess.Popen[Any]:  # noqa: ANN401
        """Start a compiler by rocq-exec."""
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        path = self.here.work / str(options.get("cwd", ".")) / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        return self.here.job("coqc", file, **{**quiet, "stderr": subprocess.DEVNULL, **options})

    def end(self, file: str, status: int = 0) -> None:
        """Have it end."""
        made = self.here.work / f"{file}.new"
        made.write_text(str(status))
        made.rename(Path(self.here.work / f"{file}.end"))

    def has_begun(self, file: str) -> bool:
        """Whether it was started."""
        return (self.here.work / f"{file}.began").exists()
