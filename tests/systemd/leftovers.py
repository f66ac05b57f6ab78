"""What must not be there when all builds are over: process, cgroup, unit, socket, file."""

from __future__ import annotations

from pathlib import Path

from .guest import SHIM, good, run, sudo


def clear() -> None:
    """Stop every job and broker, of ours and of root."""
    for words in ((), ("sudo", "-n")):
        done = run(*words, SHIM, "stop", "--all", "--broker")
        assert done.returncode == 0, done.stdout + done.stderr


def leftovers() -> set[str]:
    """A line for each thing that is there."""
    seen = sudo("/usr/bin/python3", "-IS", Path(__file__).with_name("look.py"))
    words = ("list-units", "--all", "--plain", "--no-legend", "rocq*")
    units = [good("systemctl", *manager, *words) for manager in (("--user",), ())]
    return {line for text in (seen, *units) for line in text.splitlines()}
