"""``rocqshim stop``: this project's compilers, or all of yours, killed and verified gone.

The broker kills them through their cgroups. Make and everything else is left alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

from rocqshim.backend.choose import Chooser
from rocqshim.broker.main import has_manager, stop_service
from rocqshim.cli.ask import (
    Answer,
    Fields,
    NoAnswer,
    NoBroker,
    ask,
    end_silent_broker,
    place,
    start_broker,
)
from rocqshim.cli.duration import duration
from rocqshim.cli.show import show
from rocqshim.errors import UserError

LEAVE_WITHIN = 10.0  # seconds; systemd units are stopped on the way out
END_WITHIN = 1.0  # seconds for the process itself, after its socket and lock
NOTHING = "nothing to stop"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--all`` and ``--broker``."""
    parser.add_argument(
        "--all", action="store_true", help="the compilers of every project of yours"
    )
    parser.add_argument("--broker", action="store_true", help="end the broker afterwards, too")


def run(args: argparse.Namespace) -> int:
    """Stop, and say what was done; 1 if something is left. Raises UserError."""
    answer = _stop([("all", "1")] if args.all else [])
    show(text(answer))
    if args.broker:
        end_broker()
    return 1 if answer["left"] else 0


def _stop(fields: Fields) -> Answer:
    try:
        return ask("stop", fields)
    except (NoBroker, NoAnswer):
        if pid := end_silent_broker():
            show(f"broker killed: process {pid} did not answer")
        if not asyncio.run(_is_anything_left(place())):
            return {"killed": 0, "released": 0, "left": 0, "left_pids": [], "seconds": 0.0}
    start_broker()  # the one before it was killed; the new one finds what it has left
    try:
        return ask("stop", fields)
    except NoBroker as why:
        raise UserError(f"The broker does not answer: {why}.", "See: rocqshim doctor") from None


async def _is_anything_left(socket: str) -> bool:
    """Whether a broker that was killed has left a slice, with jobs or without."""
    chooser = Chooser(socket)
    try:
        return bool(await chooser.leftovers())
    finally:
        await chooser.bus.close()


def text(answer: Answer) -> str:
    """What was done, in one line; and what is left, in a second."""
    killed, released = answer["killed"], answer["released"]
    if not killed and not released:
        return NOTHING + elsewhere(answer)
    jobs = f"{killed} job{'s' * (killed != 1)} killed"
    waiting = f", {released} waiting released" if released else ""
    if not answer["left"]:
        return f"{jobs}{waiting}, gone in {duration(answer['seconds'])}"
    pids = " ".join(map(str, answer.get("left_pids", [])))
    return (
        f"{jobs}{waiting}; {answer['left']} not gone after {duration(answer['seconds'])}\n"
        f"still there: {pids} (ps -o pid,stat,wchan,cmd -p {pids.replace(' ', ',')})"
    )


def elsewhere(answer: Answer) -> str:
    """What to add where jobs of other projects run; "" where none do."""
    count = answer.get("elsewhere", 0)
    jobs = "1 job" if count == 1 else f"{count} jobs"
    return f" here; {jobs} of other projects: rocqshim stop --all" if count else ""


def end_broker() -> None:
    """Ask the broker to leave, and wait until it has. Raises UserError."""
    path = place()
    before, until = _identity(path), time.monotonic() + LEAVE_WITHIN
    try:
        pid = ask("status", [("all", "1")])["broker"]["pid"]
        ask("leave")
    except NoBroker:
        if has_manager():
            asyncio.run(stop_service(path))
        return
    while _is_there(path, before):
        if time.monotonic() > until:
            fact = f"The broker has not left after {LEAVE_WITHIN:g} s ({path})."
            raise UserError(fact, "See: rocqshim status")
        time.sleep(0.01)
    _wait_for_end(pid)
    show("broker ended")


def _wait_for_end(pid: int) -> None:
    # Nothing of it is of use any more; seen from another PID namespace it may be anybody.
    until = time.monotonic() + END_WITHIN
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < until:
        time.sleep(0.01)


def _identity(path: str) -> int:
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def _is_there(path: str, before: int) -> bool:
    # It removes its socket first and its lock last; another socket is the next broker's.
    now = _identity(path)
    return now == before if now else os.path.exists(f"{path}.lock")
