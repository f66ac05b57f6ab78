"""Many launchers at once, beside a broker of the bench's own."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import ROCQ_EXEC, ROCQSHIM

LOOKS = 600  # half a second apart


@dataclass
class Launchers:
    """A project, the environment of its broker, and the launchers that were started there."""

    project: Path
    environ: dict[str, str]
    started: Sequence[subprocess.Popen[bytes]] = ()

    def start(self, commands: Iterable[Sequence[str]]) -> None:
        """Start one launcher for each command, all without waiting."""
        self.started = [
            subprocess.Popen(
                [ROCQ_EXEC, *command],
                cwd=self.project,
                env=self.environ,
                stderr=subprocess.DEVNULL,
            )
            for command in commands
        ]

    def ask(self, *words: str) -> str:
        """What ``rocqshim`` prints here. Raises CalledProcessError."""
        return subprocess.run(
            [ROCQSHIM, *words],
            cwd=self.project,
            env=self.environ,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def status(self) -> dict[str, Any]:
        """The broker's answer."""
        found: dict[str, Any] = json.loads(self.ask("status", "--json"))
        return found

    def until(self, holds: Callable[[dict[str, Any]], bool]) -> None:
        """Wait for a status. Raises SystemExit after 300 s."""
        for _ in range(LOOKS):
            if holds(self.status()):
                return
            time.sleep(0.5)
        raise SystemExit("bench: the launchers did not get there in 300 s")

    def end(self) -> str:
        """Stop them all; gives what ``rocqshim stop`` says."""
        said = self.ask("stop")
        for process in self.started:
            process.wait(60)
        return said.strip()


def kilobytes(pid: int | str, file: str, field: str) -> int:
    """One line ``field: N kB`` of a file of /proc/PID."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
