"""``rocqshim blame FILE``: which of its sentences takes the memory.

The compile is repeated as it was recorded, as a job within the limits, with its output in a
temporary folder.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from rocqshim.blame.call import Call, find_call, repeated, typed
from rocqshim.blame.course import in_order, sentences, unfinished
from rocqshim.blame.repeat import Repeated, repeat
from rocqshim.blame.table import Found, as_json, text
from rocqshim.cli.file_history import label
from rocqshim.cli.installed import rocq_exec
from rocqshim.cli.recorded_builds import recorded_history
from rocqshim.cli.show import show
from rocqshim.errors import UserError
from rocqshim.history import BLAME, History, default_path
from rocqshim.regular import read_regular
from rocqshim.run.as_given import as_given
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve

INTERRUPTED = 130  # as everywhere after a Ctrl-C
PATIENCE = 2.0  # seconds for the broker to record what has ended


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and ``--json``."""
    parser.add_argument("file", metavar="FILE", help="a source that was compiled before")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Repeat it and show where its memory went. Raises UserError before anything is started.

    0 where it ended well or was killed, 130 after a Ctrl-C; else the compiler's status.
    """
    settings = resolve(Path("."), os.environ, this_machine())
    root = str(settings.root)
    file = _label(args.file, root)
    with _history() as history:
        call = find_call(history, root, file)
        source = _source(call)
        build = f"{BLAME}{uuid.uuid4().hex}"
        done = _repeat(call, build, root)
        found = _found(file, call, source, done, _verdict(history, build, done.status))
    show(as_json(found) if args.json else text(found))
    return INTERRUPTED if done.interrupted else max(0, done.status)


def _label(name: str, root: str) -> str:
    """As the history names it; what the summary of a build names is relative to the project."""
    if not os.path.exists(name) and os.path.exists(os.path.join(root, name)):
        name = os.path.join(root, name)
    found = label(name, root)
    if not found.endswith(".v"):
        fact = f"{found} is no source of Coq or Rocq."
        raise UserError(fact, "Name a .v file: rocqshim blame theories/X.v")
    return found


@contextlib.contextmanager
def _history() -> Iterator[History | None]:
    try:
        history = recorded_history()
    except UserError as error:  # it can be repeated as the project says
        print(f"rocqshim: {error.fact}", file=sys.stderr)
        history = None
    try:
        yield history
    finally:
        if history:
            history.close()


def _source(call: Call) -> bytes:
    try:
        return read_regular(call.path)
    except OSError as error:
        raise UserError(
            f"{call.path} cannot be read: {error.strerror}.", "Name a .v file."
        ) from None


def _repeat(call: Call, build: str, root: str) -> Repeated:
    environ = {**as_given(), "ROCQSHIM_BUILD": build, "ROCQSHIM_ROOT": root}
    environ["ROCQSHIM_TIMED"] = "false"  # an empty one counts as not set
    with tempfile.TemporaryDirectory(prefix="rocqshim-blame-") as folder:
        words = repeated(call, folder)
        as_in = "as recorded" if call.source == "history" else f"from {call.source}"
        print(f"rocqshim: in {call.cwd}, {as_in}: {typed(words)}", file=sys.stderr, flush=True)
        return repeat([rocq_exec(), *words], call.cwd, environ)


def _verdict(history: History | None, build: str, status: int) -> str:
    """What the broker recorded; it does so after the launcher's end. "" where it did not."""
    path = default_path(os.environ)
    if status >= 0 or not os.path.exists(path):
        return ""
    history = history or History.open(path)
    until = time.monotonic() + PATIENCE
    while not (rows := history.jobs_of_build(build)) and time.monotonic() < until:
        time.sleep(0.02)
    return rows[-1].verdict if rows else ""


def _found(file: str, call: Call, source: bytes, done: Repeated, verdict: str) -> Found:
    ended = in_order(done.found, len(source))
    every = sentences(source, ended, done.looks)
    culprit = unfinished(source, ended, done.looks, done.seconds) if done.status < 0 else None
    peak = max((memory for _, memory in done.looks), default=0)
    return Found(file, call, done.status, verdict, done.seconds, peak, tuple(every), culprit)
