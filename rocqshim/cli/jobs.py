"""``rocqshim jobs``: the -j to use here, and why."""

from __future__ import annotations

import argparse
import functools
import json
import os
from dataclasses import replace
from pathlib import Path

from rocqshim.advice import Advice, Point, by_history, by_rule, counts
from rocqshim.cli.recorded_builds import recorded_history
from rocqshim.cli.show import show
from rocqshim.errors import UserError
from rocqshim.history import JobRecord
from rocqshim.history.trace import trace_of
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Machine, Settings
from rocqshim.settings.resolve import resolve

JSON_VERSION = 1
READ = 20_000  # attempts of the history
ENOUGH = 4  # files; of fewer nothing can be foreseen
CORE = 100  # per cent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--explain`` and ``--json``."""
    parser.add_argument("--explain", action="store_true", help="say where the number comes from")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the number on stdout. Raises UserError."""
    machine = this_machine()
    settings = resolve(Path("."), os.environ, machine)
    advice = advise(settings, machine)
    if args.json:
        show(json.dumps({"version": JSON_VERSION, **vars(advice)}, indent=2))
    else:
        reasons = advice.reasons if args.explain else ()
        show("\n".join([str(advice.jobs), *(f"  {reason}" for reason in reasons)]))
    return 0


def advise(settings: Settings, machine: Machine) -> Advice:
    """By the history of the project where it has one, else by the rule."""
    rows, problem = _rows(str(settings.root))
    memory_max, quota = settings.memory_max.value, settings.cpu_quota.value
    cores = machine.cores if quota is None else min(machine.cores, max(1, -(-quota // CORE)))
    trace = trace_of(settings.project, rows)
    enough = len(trace["files"]) >= ENOUGH
    points = _curve(json.dumps(trace), memory_max, cores) if enough else []
    if all(point.seconds is None for point in points):  # also where there is none
        rule = by_rule(machine, memory_max)
        return replace(rule, reasons=(*filter(None, [problem]), *rule.reasons))
    return by_history(points, len(trace["files"]), memory_max, cores)


def _rows(root: str) -> tuple[list[JobRecord], str | None]:
    """The attempts, the oldest first; and why there are none, where they cannot be read."""
    try:
        history = recorded_history()
    except UserError as error:
        return [], str(error)
    if history is None:
        return [], None
    rows = history.jobs_of_project(root, READ)
    problem = history.problem
    history.close()
    # All builds are one trace here, and files have been renamed and removed between them.
    return [row for row in rows[::-1] if _is_there(root, row.cwd or root, row.file)], problem


@functools.cache
def _is_there(root: str, cwd: str, file: str) -> bool:
    # One that dune generates is in _build only, where its compiler runs.
    return any(os.path.exists(os.path.join(folder, file)) for folder in (root, cwd))


def _curve(text: str, memory_max: int | None, cores: int) -> list[Point]:
    """The build at each -j; [] for files that need each other, as of two branches."""
    from rocqshim.simulate.build import World
    from rocqshim.simulate.compare import simulate
    from rocqshim.simulate.trace import BadTrace, parse_trace

    try:
        trace = parse_trace(text)
    except BadTrace:
        return []
    points = []
    for jobs in counts(cores):
        outcome = simulate(trace, World(memory_max, cores, jobs))
        points.append(Point(jobs, None if outcome.failed else outcome.makespan))
    return points
