"""Carry the project into a machine and run its tests, or a command of the user, there."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence

import payload
from machine import Machine, cache

JUNIT = "/tmp/rocqshim-junit.xml"
FAILED = "/tmp/pytest-of-the-suite"  # where pytest remembers what failed


def say(text: str) -> None:
    """One line of progress."""
    print(f"== {text}", flush=True)


def bring(machine: Machine, *, again: bool) -> None:
    """Carry the work tree and the installed package in."""
    with tempfile.TemporaryFile() as stream:
        payload.write(stream, machine.suite, again=again)
        stream.seek(0)
        machine.check(payload.command(machine.suite), "installing", 300, stdin=stream)


def test_command(options: argparse.Namespace, tests: Sequence[str]) -> str:
    """The shell command that runs the tests, or the user's own, in the copied repository."""
    settings = {"ROCQSHIM_GUEST": options.suite, "PYTHONUNBUFFERED": "1"}
    if "CI" in os.environ:
        settings["CI"] = os.environ["CI"]
    words = ["env", *(f"{name}={value}" for name, value in settings.items())]
    words += ["timeout", "-k", "10", f"{options.timeout:.0f}", "bash", "-c"]
    words += [options.shell if options.shell is not None else pytest_command(options.pytest, tests)]
    return f"rm -rf {JUNIT} {FAILED}; cd /{payload.HOME} && {shlex.join(words)}"


def pytest_command(arguments: list[str], tests: Sequence[str]) -> str:
    """Run `tests`, or those of the arguments; those that failed once more, by themselves.

    An emulated machine beside other work can stand still for tens of seconds. Both runs are shown.
    """
    colour = "yes" if sys.stdout.isatty() else "auto"
    words = ["/opt/rocqshim/bin/python", "-P", "-m", "pytest", "-o", f"cache_dir={FAILED}"]
    words += [f"--junitxml={JUNIT}", f"--color={colour}"]
    chosen = [word for word in arguments if word.startswith("tests/")]
    words += [*([] if chosen else tests), *arguments]
    first = shlex.join(words)
    return f"{first} || {{ echo '== once more, what failed'; {first} --lf --lfnf=none; }}"


def test(machine: Machine, options: argparse.Namespace) -> int:
    """Run the tests with their output live; the status of pytest."""
    if options.shell == "":
        return 0
    start = time.monotonic()
    status = machine.run(test_command(options, machine.tests), options.user, options.timeout + 60)
    if options.shell is None:
        report = options.junit or cache() / f"junit-{options.suite}.xml"
        say(f"report: {report}" if machine.fetch(JUNIT, report) else "no report was written")
    outcome = "timed out" if status == 124 else f"status {status}"
    say(f"{options.suite}: {outcome} after {time.monotonic() - start:.0f} s")
    return status


def session(machine: Machine, options: argparse.Namespace) -> int:
    """All that happens in a running machine."""
    start = time.monotonic()
    bring(machine, again=options.reuse)
    say(f"brought the package and the tests in: {time.monotonic() - start:.1f} s")
    return test(machine, options)
