#!/usr/bin/env python3
"""Run the build-system tests with a suite's own compilers: tree.py SUITE [options] [pytest …].

The suite's tree as it is, in namespaces of its own, at native speed: real coq_makefile, dune
and opam of that Debian, no systemd and no limits but the watchdog's. Needs root.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import bed
import kept
from machine import HERE, BedError, Machine, script

TIMEOUT = 30.0  # seconds until it is mounted; it takes less than one
NAMESPACES = ["--mount", "--pid", "--net", "--ipc", "--uts"]


class Tree(Machine):
    """One tree: `sleep` as process 1 above an overlay in memory."""

    kind = "tree"
    tests = ("tests/builds",)
    init = 0  # its process 1, as the host numbers it

    def start(self) -> None:
        """Mount the suite's tree, and wait until it is there."""
        if os.getuid():
            raise BedError("a tree needs root", "run it with sudo -E")
        root = script("image.sh", self.suite).resolve() / "root"
        self.folder = Path(tempfile.mkdtemp(prefix=f"rocqshim-{self.suite}-"))
        # setpriv: a run that is killed with SIGKILL takes its tree along. Not TERM, which unshare
        # ignores while it waits.
        leash = [] if self.keep else ["setpriv", "--pdeathsig", "KILL"]
        words = [
            *leash,
            "unshare",
            *NAMESPACES,
            "--fork",
            "--kill-child",
            "--",
            str(HERE / "tree.sh"),
        ]
        with (self.folder / "console").open("wb") as console:
            self.pid = subprocess.Popen(
                [*words, root, self.folder / "top"],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            ).pid
        self._wait()

    def _wait(self) -> None:
        for _ in kept.ticks(TIMEOUT):
            if not kept.runs(self.pid, str(self.folder)):
                break
            if self._is_ready():
                return
        raise BedError(f"the tree of {self.suite} was not mounted", f"\n{self.console()}")

    def _is_ready(self) -> bool:
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        self.init = int(children[0]) if children else 0
        return bool(self.init) and Path(f"/proc/{self.init}/root/tree-is-ready").exists()

    def argv(self, command: str, user: str) -> list[str]:
        """A login, with that user's home and PATH."""
        self._is_ready()
        enter = ["nsenter", "--target", str(self.init), *NAMESPACES]
        return [*enter, "su", "-", user, "-c", command]

    def disconnect(self) -> None:
        """Nothing is held open."""

    def stop(self) -> None:
        """End process 1, and all with it; its tmpfs goes with its mount namespace."""
        kept.end(self.pid, str(self.folder), signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def how_to_enter(self) -> str:
        """Straight into its namespaces."""
        return " ".join(self.argv("bash", "dev")[:-2])


if __name__ == "__main__":
    sys.exit(bed.main(Tree, "tests/vm/tree.py", __doc__))
