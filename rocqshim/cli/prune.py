"""``rocqshim history prune``: builds are forgotten, and the disk has their room again."""

from __future__ import annotations

import argparse
import os
import sqlite3

from rocqshim.cli.ask import NoBroker, ask
from rocqshim.cli.show import show
from rocqshim.errors import UsageError, UserError
from rocqshim.history.database import Database
from rocqshim.history.problem import MEND, is_damage
from rocqshim.history.prune import BuildOf, chosen, count, forget
from rocqshim.report.builds import Builds
from rocqshim.settings.size import human_size

NAMED = 10  # builds that are named; more are counted
LATER = "Try again when the build has ended, or end it: rocqshim stop --all"


def check(args: argparse.Namespace) -> None:
    """Raises UsageError where it is not clear what is to be forgotten."""
    given = [args.keep is not None, args.older_than is not None, args.all]
    if args.all and sum(given) > 1:
        fact = "--all leaves nothing for --keep or --older-than to choose: they exclude each other."
        raise UsageError(fact, "Leave one of them out: rocqshim history prune --keep 20")
    if not any(given):
        fact = "It is not said which builds are to be forgotten."
        hint = "One of: --keep 20, --older-than 30d, both of these, or --all"
        raise UsageError(fact, hint)


def prune(found: Builds, root: str | None, args: argparse.Namespace) -> None:
    """Forget, and say what. root: of this project only. Raises UserError, and nothing was lost."""
    _refuse_beside_a_build()
    history = found.history
    builds = chosen(history.database, root, args.keep or 0, args.older_than)
    found.check()
    if not builds:
        show("no build is to be forgotten")
        return
    before = _size(history.path)
    rows = _changed(history.database, builds)
    left = count(history.database, root)
    show(f"forgotten: {_count(builds)} ({rows} rows): {_named(builds)}")
    show(_room(history.database, before, left))


def _refuse_beside_a_build() -> None:
    # What a broker cannot write now it would write later; but its history would be another one
    # than that from which we have chosen, and VACUUM holds it up for seconds.
    try:
        answer = ask("status", [("all", "1")])
    except NoBroker:
        return
    busy = sum(len(each["jobs"]) + each["waiting"] for each in answer["projects"])
    if busy:
        jobs = "1 job runs or waits" if busy == 1 else f"{busy} jobs run or wait"
        raise UserError(f"A broker writes the history: {jobs}.", LATER)


def _changed(database: Database, builds: list[BuildOf]) -> int:
    try:
        return database.change(forget(builds))
    except (sqlite3.Error, OSError) as error:
        fact = f"The history {database.path} cannot be changed: {error}."
        raise UserError(fact, MEND if is_damage(error) else LATER) from None


def _room(database: Database, before: int, left: int) -> str:
    try:
        database.compact()
    except (sqlite3.Error, OSError) as error:
        return f"their room is used again, but was not given back to the disk: {error}"
    size = _size(database.path)
    builds = f"{left} build{'s' * (left != 1)}"
    return f"{human_size(max(0, before - size))} given back; {builds} left, {human_size(size)}"


def _size(path: str) -> int:
    """Of the file and of its log."""
    paths = [path, f"{path}-wal"]
    return sum(os.path.getsize(each) for each in paths if os.path.exists(each))


def _count(builds: list[BuildOf]) -> str:
    return f"{len(builds)} build{'s' * (len(builds) != 1)}"


def _named(builds: list[BuildOf]) -> str:
    names = ", ".join(build for _, build in builds[:NAMED])
    return names + (f" and {len(builds) - NAMED} more" if len(builds) > NAMED else "")
