"""The real launcher and a real broker in a folder of their own, and the end of both."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

from rocqshim.launch.wire import encode

from .processes import command_line, eventually, is_alive, listener, with_environment

ROOT = Path(__file__).resolve().parents[2]
START = str(ROOT / "rocqshim" / "launch" / "_start.py")
# Everything infinite: nothing is said about what a backend cannot enforce, and nothing is set on
# the job's processes, so that stderr and rlimits can be compared byte by byte.
UNLIMITED = """\
memory-max = "infinity"
memory-swap-max = "infinity"
cpu-quota = "infinity"
io-weight = 100
tasks-max = "infinity"
"""


class Shim:
    """One user's world: runtime folder, home, state, a project folder ``work``, no broker yet.

    The folder lies directly below /tmp, as a socket's path may have 107 bytes.
    """

    def __init__(self, user_settings: str = UNLIMITED) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rs-", dir="/tmp"))
        # Its own name, and so a slice of its own: the watchdog of another test on this machine
        # tells its jobs by slice and number.
        self.work = self.folder / f"work{self.folder.name.removeprefix('rs-')}"
        for name in ("run", "home", "state", "config/rocqshim", "bin", self.work.name):
            (self.folder / name).mkdir(mode=0o700, parents=True)
        (self.folder / "config/rocqshim/config.toml").write_text(user_settings)
        self.env = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": f"{self.folder}/home",
            "XDG_RUNTIME_DIR": f"{self.folder}/run",
            "XDG_STATE_HOME": f"{self.folder}/state",
            "XDG_CONFIG_HOME": f"{self.folder}/config",
            "ROCQSHIM_BACKEND": "watchdog",
            "ROCQSHIM_IDLE": "60",
            "LANG": "C.UTF-8",
        }

    # Calls ---------------------------------------------------------------------------------

    def command(self, *words: str | bytes) -> list[str | bytes]:
        """The launcher as the script ``rocq-exec`` starts it."""
        return [sys.executable, "-IS", START, *words]

    def run(self, *words: str | bytes, **options: object) -> subprocess.CompletedProcess[bytes]:
        """Run one call to its end; every stream is a pipe unless ``options`` say otherwise."""
        return finish(self.start(*words, **options))

    def start(self, *words: str | bytes, **options: object) -> subprocess.Popen[bytes]:
        """Start one call."""
        return self.popen(self.command(*words), **options)

    def bare(self, *words: str | bytes, **options: object) -> subprocess.CompletedProcess[bytes]:
        """Run the same program without the launcher, to compare with."""
        return finish(self.popen(list(words), **options))

    def popen(self, command: list[str | bytes], **options: object) -> subprocess.Popen[bytes]:
        """Start any command in this world. env: added to ours; None takes a variable away."""
        environ = {**self.env, **cast("dict[str, str]", options.pop("env", {}))}
        chosen: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": self.work,
            "env": {key: value for key, value in environ.items() if value is not None},
            **options,
        }
        return subprocess.Popen(command, **chosen)

    # Files ---------------------------------------------------------------------------------

    def settings(self, text: str, folder: str = "") -> Path:
        """Write [tool.rocqshim] of the project (or of one in ``folder`` below it)."""
        path = self.work / folder / "pyproject.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[tool.rocqshim]\n{text}")
        return path

    def program(self, name: str, text: str, mode: int = 0o755) -> Path:
        """Write a script into the first folder of PATH."""
        path = self.folder / "bin" / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def left(self) -> list[str]:
        """What lies in the runtime folder."""
        run = self.folder / "run"
        return sorted(str(path.relative_to(run)) for path in run.rglob("*"))

    def history(self) -> list[dict[str, Any]]:
        """The recorded jobs, in the order of their end."""
        path = self.folder / "state/rocqshim/history.sqlite3"
        if not path.exists():
            return []
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute("SELECT * FROM jobs ORDER BY rowid")]
        except sqlite3.OperationalError:
            return []  # it is just being made
        finally:
            db.close()

    # Brokers -------------------------------------------------------------------------------

    @property
    def sockets(self) -> list[Path]:
        return sorted((self.folder / "run").glob("rocqshim/*.sock"))

    def broker(self) -> int:
        """The pid of the broker that listens, 0 where there is none."""
        return next(filter(None, map(listener, map(str, self.sockets))), 0)

    def ask(self, verb: str, **fields: str) -> dict[str, Any]:
        """Ask the broker as ``rocqshim`` does; {} where none answers."""
        if not self.broker():
            return {}
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(20)
            asked.connect(str(self.sockets[0]))
            asked.sendall(encode(verb, list(fields.items())))
            reply = b"".join(iter(lambda: asked.recv(65536), b""))
        return dict(json.loads(reply.partition(b"json=")[2]))

    def jobs(self) -> list[dict[str, Any]]:
        """The running jobs of all projects."""
        return [job for project in self.projects() for job in project["jobs"]]

    def waiting(self) -> int:
        """How many launchers wait for admission."""
        return sum(project["waiting"] for project in self.projects())

    def projects(self) -> list[dict[str, Any]]:
        """What the broker says of each project."""
        return list(self.ask("status", all="1").get("projects", []))

    def processes(self) -> list[int]:
        """Every process that lives in this world, by its environment."""
        return with_environment(f"XDG_STATE_HOME={self.folder}/state")

    def close(self) -> list[str]:
        """End everything; gives what had to be killed: the command lines of what was left."""
        broker = self.broker()
        if broker:
            os.kill(broker, signal.SIGCONT)
            os.kill(broker, signal.SIGTERM)
            eventually(lambda: not is_alive(broker))
        left = [command_line(pid) for pid in self.processes()]
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)
        return left


def finish(process: subprocess.Popen[bytes]) -> subprocess.CompletedProcess[bytes]:
    """Wait for the end of ``process``; kills it after a minute."""
    try:
        stdout, stderr = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)
