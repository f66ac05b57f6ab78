"""Run as root, by itself: print a line for each thing of rocqshim's that is on this machine.

One process for all of it: starting a program in the emulated guest takes longer than this.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")
RUN = Path("/run")


def processes() -> Iterator[str]:
    """Jobs of anybody, launchers and brokers."""
    for folder in PROC.glob("[0-9]*"):
        try:
            environ = b"\0" + (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue
        if b"\0ROCQSHIM_JOB=" in environ or b"_start.py" in command:
            yield f"process {folder.name}: {command!r}"


def cgroups() -> Iterator[str]:
    """Slices, services and what is below them."""
    for folder, names, _ in os.walk("/sys/fs/cgroup"):
        yield from (f"cgroup {folder}/{name}" for name in names if name.startswith("rocq"))


def files() -> Iterator[str]:
    """Sockets, locks and logs; unit files and drop-ins of every manager."""
    for base in (RUN, *(RUN / "user").glob("*"), Path("/tmp")):
        for path in base.glob("rocqshim*"):
            is_report = path.name.startswith("rocqshim-report")  # of an unexpected error
            yield f"file {path}" + (f": {path.read_text()[-1500:]!r}" if is_report else "")
    for base in (RUN / "systemd", *(RUN / "user").glob("*/systemd")):
        yield from (f"unit file {path}" for path in base.rglob("rocq*"))


if __name__ == "__main__":
    for look in (processes, cgroups, files):
        sys.stdout.writelines(f"{line}\n" for line in look())
