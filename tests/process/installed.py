"""An installation in the world of one test (tests/conftest.py): bin, a project, no broker yet.

Commands and launcher are found as they are after `pip install`; the package is this checkout's.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PYTHON = f"python3.{sys.version_info[1]}"
PATIENCE = 30.0  # seconds; the machine has two cores and other work
Found = TypeVar("Found")


class Installed:
    """``rocqshim`` and ``rocq-exec`` in a bin folder of their own, and a project in ``work``."""

    def __init__(self, world: Path) -> None:
        self.folder = world
        self.work = world / "work"
        self.bin = world / "bin"
        for folder in (self.work, self.bin):
            folder.mkdir()
        self._install()
        own = {"PATH": f"{self.bin}:/usr/bin:/bin", "ROCQSHIM_BACKEND": "watchdog"}
        self.env: dict[str, str | None] = {**os.environ, **own, "LC_ALL": "C.UTF-8"}

    def _install(self) -> None:
        packages = self.folder / "lib" / PYTHON / "site-packages"
        packages.mkdir(parents=True)
        (packages / "rocqshim").symlink_to(ROOT / "rocqshim")
        shutil.copy(ROOT / "rocqshim/launch/rocq-exec", self.bin)
        # No link: the interpreter would no longer find the packages of its own venv.
        self.program(PYTHON, f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        main = "import sys\nfrom rocqshim.__main__ import main\nsys.exit(main())\n"
        where = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        self.program("rocqshim", f"#!{sys.executable}\n{where}{main}")

    def program(self, name: str, text: str) -> Path:
        """Write a script into the first folder of PATH."""
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)
        return path

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def settings(self, text: str, folder: str = ".") -> Path:
        """Write [tool.rocqshim]."""
        return self.write(f"{folder}/pyproject.toml", f"[tool.rocqshim]\n{text}\n")

    def run(self, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
        """Run ``rocqshim WORDS`` to its end. input, cwd, env, text as in subprocess."""
        given = options.pop("input", None)
        process = self.start(*words, **options)
        try:
            out, err = process.communicate(given, timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def start(self, *words: str, **options: Any) -> subprocess.Popen[Any]:  # noqa: ANN401
        """Start ``rocqshim WORDS``."""
        return self.popen([str(self.bin / "rocqshim"), *words], **options)

    def job(self, *words: str, **options: Any) -> subprocess.Popen[Any]:  # noqa: ANN401
        """Start ``rocq-exec WORDS``."""
        return self.popen([str(self.bin / "rocq-exec"), *words], **options)

    def popen(self, command: list[str], **options: Any) -> subprocess.Popen[Any]:  # noqa: ANN401
        """Start any command here. env: added to ours; None takes a variable away."""
        environ = {**self.env, **options.pop("env", {})}
        chosen: dict[str, Any] = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
            "cwd": self.work,
            "env": {key: value for key, value in environ.items() if value is not None},
            **options,
        }
        return subprocess.Popen(command, **chosen)

    def status(self, *words: str) -> dict[str, Any]:
        """What ``rocqshim status --json`` says."""
        done = self.run("status", "--json", *words)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def jobs(self) -> list[dict[str, Any]]:
        """The running jobs of all projects that have a process."""
        projects = self.status("--all")["projects"]
        return [job for project in projects for job in project["jobs"] if job["pids"]]

    def waiting(self) -> int:
        """How many launchers wait for admission."""
        return sum(project["waiting"] for project in self.status("--all")["projects"])

    def broker(self) -> int:
        """The broker's pid, 0 where there is none."""
        broker = self.status("--all")["broker"]
        return int(broker["pid"]) if broker else 0

    def sockets(self) -> list[Path]:
        """The sockets in the runtime folder."""
        found = Path(str(self.env["XDG_RUNTIME_DIR"])).rglob("*")
        return [path for path in found if stat.S_ISSOCK(path.lstat().st_mode)]

    def processes(self) -> list[int]:
        """Every process that lives in this world, by its environment."""
        mark = os.fsencode(f"XDG_RUNTIME_DIR={self.env['XDG_RUNTIME_DIR']}")
        return [pid for pid in all_pids() if pid != os.getpid() and mark in environment(pid)]

    def close(self) -> list[str]:
        """End the broker and what is left; gives the command lines of what was left."""
        if self.sockets():
            self.run("stop", "--all", "--broker", cwd=self.folder)
        until = time.monotonic() + 5  # what was killed may not be quite dead
        while self.processes() and time.monotonic() < until:
            time.sleep(0.02)
        left = [command_line(pid) for pid in self.processes()]
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        return left


def eventually(look: Callable[[], Found], seconds: float = PATIENCE) -> Found:
    """The first true answer of ``look``; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"still {found!r} after {seconds} s"
        time.sleep(0.02)
    return found


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def environment(pid: int) -> list[bytes]:
    """The environment of a living process; [] for others and for zombies."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def command_line(pid: int) -> str:
    try:
        return os.fsdecode(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")).strip()
    except OSError:
        return ""


def parent_of(pid: int) -> int:
    """The process that has started it."""
    return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2].split()[1])


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(") ")[2][0] not in "ZX"
        )
    except OSError:
        return False
