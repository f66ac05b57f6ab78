"""A terminal as a person has it: a shell in tmux, keys typed into it, what is shown read back."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .installed import PATIENCE, Installed

PROMPT = "ready>"


class Tmux:
    """A window of its own server. The shell has job control and the environment of the world."""

    def __init__(
        self, here: Installed, columns: int = 80, lines: int = 24, **variables: str
    ) -> None:
        self._socket = here.folder / "tmux"
        environ = {key: value for key, value in here.env.items() if value is not None}
        environ |= {"PS1": f"{PROMPT} ", "HISTFILE": ""}
        environ.pop("TMUX", None)
        size = ["-x", str(columns), "-y", str(lines)]
        given = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        shell = ["bash", "--norc", "--noprofile", "-i"]
        self._tmux("new-session", "-d", *size, *given, *shell, env=environ, cwd=here.work)
        self.until(lambda text: PROMPT in text)

    def say(self, command: str) -> None:
        """Type a command and Enter."""
        self._tmux("send-keys", "-l", command)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by the names that tmux has: q, C-c, Enter, Down."""
        self._tmux("send-keys", *keys)

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def lines(self) -> list[str]:
        """What is shown, a string for each line of the terminal."""
        return self._tmux("capture-pane", "-p").split("\n")[:-1]

    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines())

    def until(self, shown: Callable[[str], object], seconds: float = PATIENCE) -> str:
        """Wait until what is shown is as it is to be; gives it."""
        deadline = time.monotonic() + seconds
        while not shown(text := self.text()):
            assert time.monotonic() < deadline, f"after {seconds} s it shows\n{text}"
            time.sleep(0.05)
        return text

    def until_prompt(self) -> str:
        """Wait until the shell has the terminal again, and nothing is below its prompt."""
        return self.until(lambda text: text.rstrip().endswith(PROMPT))

    def pane(self, what: str) -> str:
        """A variable of the pane as tmux has it: alternate_on, scroll_region_lower, …"""
        return self._tmux("display-message", "-p", f"#{{{what}}}").strip()

    def close(self) -> None:
        """End the server and what runs in it."""
        self._tmux("kill-server")

    def _tmux(self, *words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
        command = ["tmux", "-S", str(self._socket), "-f", "/dev/null", *words]
        done = subprocess.run(
            command, env=env, cwd=cwd, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
