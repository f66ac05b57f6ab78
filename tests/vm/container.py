#!/usr/bin/env python3
"""Run the tests or a command in a systemd-nspawn container: container.py SUITE [options].

Native speed and a real systemd with user managers, but no controllers: nothing is enforced there.
Latencies are measured here, against `systemd-run --user --scope` in the same run. Needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO

import bed
import kept
import own_cgroup
import wheels
from machine import BedError, Machine, script

TIMEOUT = 120.0  # seconds until systemd is up and dev's manager answers; 10 on an idle machine


class Container(Machine):
    """One container: the systemd-nspawn process, above an overlay in memory."""

    kind = "container"
    init = 0  # its process 1, as the host numbers it

    def start(self) -> None:
        """Boot the suite's tree; all writes go to a tmpfs that only the container sees."""
        if os.getuid():
            raise BedError("systemd-nspawn needs root", "run it with sudo -E")
        if not shutil.which("systemd-nspawn"):
            apt = ["apt-get", "-qy", "install", "--no-install-recommends", "systemd-container"]
            wheels.call(*apt, what="installing systemd-container")
        root = script("image.sh", self.suite).resolve() / "root"
        self.folder = Path(tempfile.mkdtemp(prefix=f"rocqshim-{self.suite}-"))
        with (self.folder / "errors").open("wb") as errors, self._console() as console:
            self.pid = subprocess.Popen(
                self._command(root),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            ).pid
        self._wait()

    def _console(self) -> BinaryIO:
        return (self.folder / "console").open("wb")

    def _command(self, root: Path) -> list[str]:
        # The variable marks the process as ours, for kept.py. setpriv: a run that is killed with
        # SIGKILL takes its container along.
        leash = [] if self.keep else ["setpriv", "--pdeathsig", "TERM"]
        unit = [] if own_cgroup.managed() else ["--keep-unit"]
        return [
            *own_cgroup.enter(self.folder.name), *leash,
            "systemd-nspawn", "--quiet", "--register=no", *unit, "--settings=no",
            "--private-network", "--volatile=overlay", "--link-journal=no", "--console=read-only",
            "--resolv-conf=off", "--timezone=off", "--hostname=rocqshim",
            f"--setenv=ROCQSHIM_FOLDER={self.folder}", "--boot", f"--directory={root}",
        ]  # fmt: skip

    def _wait(self) -> None:
        """Wait for process 1, then for systemd, then for the user manager of dev."""
        for left in kept.ticks(TIMEOUT):
            if not kept.runs(self.pid, str(self.folder)):
                break
            self.init = self.init or process_one(self.pid)
            if self.init and self._up(left):
                return
        raise BedError(f"{self.suite} did not start as a container", f"\n{self.console()}")

    def _up(self, timeout: float) -> bool:
        ask = "is-system-running --wait | grep -Eqx 'running|degraded'"
        login = ["su", "-", "dev", "-c", f"systemctl --user {ask}"]
        return self._enter(["sh", "-c", f"systemctl {ask}"], timeout) and self._enter(login, 20)

    def _enter(self, words: list[str], timeout: float) -> bool:
        """Whether words, run quietly as root and without a login, succeed in time."""
        quiet = subprocess.DEVNULL
        words = [*self._nsenter(), *words]
        try:
            done = subprocess.run(words, check=False, timeout=timeout, stdout=quiet, stderr=quiet)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def _nsenter(self) -> list[str]:
        self.init = self.init or process_one(self.pid)
        return ["nsenter", "--target", str(self.init), "--all"]

    def argv(self, command: str, user: str) -> list[str]:
        """A full login: without it pam_systemd starts no user manager."""
        return [*self._nsenter(), "su", "-", user, "-c", command]

    def disconnect(self) -> None:
        """Nothing is held open."""

    def stop(self) -> None:
        """TERM asks nspawn for an orderly shutdown; its tmpfs goes with its mount namespace."""
        kept.end(self.pid, str(self.folder), signal.SIGTERM)
        own_cgroup.remove(self.folder.name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def how_to_enter(self) -> str:
        """Straight into its namespaces."""
        return " ".join([*self._nsenter(), "su", "-", "dev"])


def process_one(pid: int) -> int:
    """The descendant of `pid` that is process 1 of its own namespace; 0 when there is none."""
    for path in Path(f"/proc/{pid}/task/{pid}").glob("children"):
        for child in map(int, path.read_text().split()):
            if is_init(child):
                return child
            if found := process_one(child):
                return found
    return 0


def is_init(pid: int) -> bool:
    """Whether a process has the number 1 in its innermost namespace, and is systemd by now."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(errors="replace")
        name = Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        return False
    return name == "systemd" and any(
        line.startswith("NSpid:") and line.split()[-1] == "1" for line in status.splitlines()
    )


if __name__ == "__main__":
    sys.exit(bed.main(Container, "tests/vm/container.py", __doc__))
