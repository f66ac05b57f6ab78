"""A machine of the test bed: anything that runs a shell command as a user, under a real systemd.

Times are in seconds, ports and process ids are plain integers. A virtual machine (boot.py) and a
container (container.py) differ in how they start, in how they end and in `argv`; the rest is here.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from typing_extensions import Self

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
Stream = IO[bytes] | None
PYTHON = {"bookworm": "3.11", "trixie": "3.13", "forky": "3.14"}


class BedError(Exception):
    """What went wrong, one sentence of fact, and what to do about it, one hint."""

    def __init__(self, fact: str, hint: str) -> None:
        super().__init__(fact)
        self.hint = hint


def cache() -> Path:
    """The folder of images, keys, wheels and kept machines."""
    default = Path.home() / ".cache" / "rocqshim-vm"
    return Path(os.environ.get("ROCQSHIM_VM_CACHE") or default)


def script(name: str, *words: str) -> Path:
    """Run a script of this folder that makes something once and prints where it is."""
    made = subprocess.run([HERE / name, *words], check=False, stdout=subprocess.PIPE, text=True)
    if made.returncode:
        raise BedError(f"{name} ended with status {made.returncode}", "its last message says why")
    return Path(made.stdout.strip())


def raise_on_signals() -> None:
    """Let TERM and HUP unwind the stack as Ctrl-C does, so that every machine is ended."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def printable(text: str) -> str:
    """A line without what a terminal would obey; systemd asks its console many questions."""
    return re.sub(r"\x1b(\[[0-9;?]*[a-zA-Z!]*|[\]P][^\x1b\x07]*)|[^\t -~]", "", text)


class Machine(ABC):
    """One machine: a process, a folder of its own, and the ways to reach what runs in it."""

    kind: ClassVar[str]
    tests: ClassVar[tuple[str, ...]] = ("tests/systemd",)  # what is run there

    def __init__(self, suite: str, *, keep: bool = False) -> None:
        """`keep` lets the machine outlive this process."""
        self.suite, self.keep = suite, keep
        self.pid = self.port = 0
        self.folder = Path("/nonexistent")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: object, trace: TracebackType | None
    ) -> None:
        self.disconnect()
        if not self.keep:
            self.stop()

    @abstractmethod
    def start(self) -> None:
        """Start it and wait until dev can log in."""

    @abstractmethod
    def stop(self) -> None:
        """End it, wait until it is gone, and remove what it wrote; harmless when it is gone."""

    @abstractmethod
    def disconnect(self) -> None:
        """Let go of it; it goes on running."""

    @abstractmethod
    def argv(self, command: str, user: str) -> list[str]:
        """The words that run a shell command there, in a login of a user."""

    @abstractmethod
    def how_to_enter(self) -> str:
        """The command a developer types to get a shell in it."""

    def console(self, lines: int = 40) -> str:
        """The end of what it wrote to its console, after the errors of what runs it."""
        texts = []
        for name in ("errors", "console"):
            with contextlib.suppress(OSError):
                texts += (self.folder / name).read_text(errors="replace").splitlines()[-lines:]
        return "\n".join(printable(text) for text in texts)

    def run(
        self,
        command: str,
        user: str = "dev",
        timeout: float = 120,
        *,
        stdin: Stream = None,
        stdout: Stream = None,
    ) -> int:
        """Run a command, its output going where ours goes; the status, 124 after the timeout."""
        child = subprocess.Popen(self.argv(command, user), stdin=stdin, stdout=stdout)
        try:
            return child.wait(timeout)
        except subprocess.TimeoutExpired:
            return 124
        finally:
            child.kill()
            child.wait()

    def check(self, command: str, what: str, timeout: float = 120, stdin: Stream = None) -> None:
        """Run a step that must succeed."""
        status = self.run(command, timeout=timeout, stdin=stdin)
        if status == 124:
            raise BedError(f"{what} took more than {timeout:.0f} s", "is this machine overloaded?")
        if status:
            raise BedError(f"{what} failed in {self.suite} with status {status}", "see above")

    def fetch(self, path: str, target: Path) -> bool:
        """Copy one file from there; False when there is none."""
        with target.open("wb") as stream:
            return self.run(f"cat {shlex.quote(path)}", stdout=stream) == 0
