"""How the checks look at the machine. Tests give them one of their own (tests/unit/cli)."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from rocqshim.launch.place import is_ours
from rocqshim.regular import read_regular

TIMEOUT = 10  # seconds for one command: systemctl waits 25 for a stuck bus
TIMED_OUT = 124
CONTAINERS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")


@dataclass(frozen=True)
class Output:
    """What a command has said and how it ended (124: not in time)."""

    status: int
    text: str
    error: str = ""


@dataclass
class Host:
    """This machine, as this user sees it."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    uid: int = field(default_factory=os.getuid)
    _said: dict[tuple[str, ...], Output | None] = field(default_factory=dict)
    _hung: set[tuple[str, ...]] = field(default_factory=set)

    def read(self, path: str) -> str:
        """The text of a small file, "" where there is none."""
        try:
            return read_regular(path).decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return os.path.exists(path)

    def is_container(self) -> bool:
        """Tell whether this is a container, whose kernel and PID 1 are not the user's to choose.

        systemd writes the third (CONTAINER_INTERFACE), which Docker and podman do by their own.
        """
        return any(map(self.exists, CONTAINERS)) or "KUBERNETES_SERVICE_HOST" in self.environ

    def listed(self, folder: str) -> list[str]:
        """The names in a folder, [] where there is none."""
        try:
            return sorted(os.listdir(folder))
        except OSError:
            return []

    def which(self, name: str) -> str:
        """The path of a program, "" where it is not in PATH."""
        return shutil.which(name, path=self.environ.get("PATH", os.defpath)) or ""

    def connects(self, path: str) -> bool:
        """Tell whether somebody listens at a socket."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(TIMEOUT)
            try:
                probe.connect(path)
            except OSError:
                return False
            return True

    def command(self, *words: str) -> Output | None:
        """Run a command, once for all checks; None where there is no such program.

        A manager that has let one command wait in vain is not asked again.
        """
        if words in self._said:
            return self._said[words]
        asked = words[:2] if words[1:2] == ("--user",) else words[:1]
        if asked in self._hung:
            return Output(TIMED_OUT, "", f"no answer in {TIMEOUT} s")
        found = _run(self.which(words[0]), words[1:], self._commands_environ())
        if found and found.status == TIMED_OUT:
            self._hung.add(asked)
        self._said[words] = found
        return found

    def _commands_environ(self) -> dict[str, str]:
        # Their messages are looked into; after `su`, systemctl --user finds no manager by itself.
        own = {"LC_ALL": "C", "XDG_RUNTIME_DIR": self.runtime_folder()}
        return {**self.environ, **own}

    def names_of_processes(self) -> set[str]:
        """The names (comm, at most 15 characters) of all processes that can be seen."""
        return {self.read(f"/proc/{name}/comm") for name in self.listed("/proc") if name.isdigit()}

    def task_limit(self) -> int | None:
        """RLIMIT_NPROC (`ulimit -u`), which counts all tasks of the user; None for none."""
        soft = resource.getrlimit(resource.RLIMIT_NPROC)[0]
        return None if soft == resource.RLIM_INFINITY else soft

    def tasks_of_user(self) -> int:
        """How many tasks (threads) this user has."""
        found = 0
        for name in filter(str.isdigit, self.listed("/proc")):
            try:
                if os.stat(f"/proc/{name}").st_uid == self.uid:
                    found += len(os.listdir(f"/proc/{name}/task"))
            except OSError:
                continue  # it has just ended
        return found

    def runtime_folder(self) -> str:
        """XDG_RUNTIME_DIR where it is ours, as for the launcher, or where it would be."""
        given = self.environ.get("XDG_RUNTIME_DIR", "")
        return given if self.owns(given) else f"/run/user/{self.uid}"

    def owns(self, folder: str) -> bool:
        """Tell whether a folder is this user's, and can be written."""
        return is_ours(folder)

    def value(self, *words: str) -> str:
        """What a command printed, "" where it failed."""
        output = self.command(*words)
        return output.text if output and not output.status else ""


def properties(text: str) -> dict[str, str]:
    """What `systemctl show` prints: NAME=VALUE in each line."""
    pairs = (line.partition("=") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def _run(path: str, args: tuple[str, ...], environ: dict[str, str]) -> Output | None:
    import sh

    if not path:
        return None
    command = sh.Command(path).bake(_env=environ, _timeout=TIMEOUT, _tty_out=False, _in="")
    try:
        done = command(*args, _ok_code=list(range(256)), _return_cmd=True)
    except sh.TimeoutException:
        return Output(TIMED_OUT, "", f"no answer in {TIMEOUT} s")
    except sh.ForkException:  # its exec failed: the interpreter that it names is not there
        return Output(1, "", f"{path} cannot be executed")
    except (sh.ErrorReturnCode, OSError) as error:  # killed by a signal; not executable
        return Output(1, "", str(error).strip().partition("\n")[0])
    return Output(done.exit_code, _text(done.stdout), _text(done.stderr))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip()
