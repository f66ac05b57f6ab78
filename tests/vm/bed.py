"""The command line that run.py and container.py share, and the life of a machine behind it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import kept
import suite
from machine import PYTHON, BedError, Machine, cache, raise_on_signals
from suite import say


def arguments(program: str, about: str) -> argparse.Namespace:
    """Parse the command line; what is not ours goes to pytest."""
    parser = argparse.ArgumentParser(prog=program, description=about, allow_abbrev=False)
    parser.add_argument("suite", choices=sorted(PYTHON), help="Debian suite of the machine")
    add = parser.add_argument
    add("--keep", action="store_true", help="leave the machine running, for --reuse")
    add("--reuse", action="store_true", help="use the machine a run with --keep has left")
    add("--stop", action="store_true", help="end the machine a run with --keep has left")
    add("--shell", metavar="CMD", help="run CMD there instead of pytest ('' runs nothing)")
    add("--user", default="dev", choices=["dev", "eve", "root"], help="who runs it (default dev)")
    add("--timeout", type=float, default=3600, help="seconds for the tests (default 3600)")
    add("--junit", type=Path, help="where the JUnit report goes (default: in the cache)")
    options, rest = parser.parse_known_args()
    options.pytest = rest
    return options


def explain(machine: Machine, status: int) -> None:
    """After a failure: the console's end, and where all of it has been saved."""
    saved = cache() / f"console-{machine.kind}-{machine.suite}.log"
    shutil.copyfile(machine.folder / "console", saved)
    say(f"the tests ended with status {status}; the console ({saved}) ends with")
    print(machine.console(), flush=True)


def use(machine: Machine, options: argparse.Namespace) -> int:
    """Run the tests in a running machine; show its console when they failed."""
    status = 1
    try:
        status = suite.session(machine, options)
    finally:
        if status and options.shell is None:
            explain(machine, status)
    return status


def boot(kind: type[Machine], options: argparse.Namespace) -> int:
    """Start, use, and end (or keep) a machine."""
    old = kept.find(kind.kind, options.suite)
    if options.keep and old:
        fact = f"a {options.suite} {kind.kind} is kept running already (process {old.pid})"
        raise BedError(fact, "use it with --reuse, or end it with --stop")
    start = time.monotonic()
    with kind(options.suite, keep=options.keep) as machine:
        say(f"started {options.suite}: {time.monotonic() - start:.1f} s")
        if options.keep:
            kept.record(machine).save()
            say(f"kept running: {machine.how_to_enter()}; see also --reuse and --stop")
        return use(machine, options)


def reuse(kind: type[Machine], options: argparse.Namespace) -> int:
    """Use a kept machine; it goes on running."""
    machine = kept.restore(kind, options.suite)
    try:
        return use(machine, options)
    finally:
        machine.disconnect()


def stop(kind: type[Machine], options: argparse.Namespace) -> int:
    """End a kept machine and forget it."""
    machine = kept.restore(kind, options.suite)
    machine.stop()
    kept.path(kind.kind, options.suite).unlink()
    return 0


def main(kind: type[Machine], program: str, about: str) -> int:
    """Parse, do, and be the one error boundary."""
    options = arguments(program, about)
    action = stop if options.stop else reuse if options.reuse else boot
    raise_on_signals()
    try:
        return action(kind, options)
    except BedError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(f"error: {error}\nhint: its own message is above", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
