"""``rocqshim simulate TRACE``: a recorded build under a virtual clock, with the broker's policy."""

from __future__ import annotations

import argparse

from rocqshim.cli.show import show
from rocqshim.settings import quantity
from rocqshim.settings.found import BadValue
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Machine
from rocqshim.settings.refusal import bad_option
from rocqshim.simulate.build import World
from rocqshim.simulate.compare import compare
from rocqshim.simulate.memory import MODELS
from rocqshim.simulate.report import json_text, text
from rocqshim.simulate.trace import read_trace

MOST = 10_000  # cores, jobs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trace, the machine, and what is known before."""
    parser.add_argument("trace", metavar="TRACE", help="a JSON file of rocqshim history export")
    parser.add_argument("--memory", metavar="SIZE", help="memory-max, as 8G (default: all of it)")
    parser.add_argument("--cores", metavar="N", help="cores (default: this machine's)")
    parser.add_argument("--jobs", metavar="N", default="all", help="make's -j (default: all)")
    parser.add_argument("--cold", action="store_true", help="nothing was built before")
    parser.add_argument("--use", choices=MODELS, default=MODELS[0], help="memory within a job")
    parser.add_argument("--noise", metavar="P%", default="0", help="how builds differ, as 3%%")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of the noise")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print what the simulation found; 1 if the build failed. Raises UserError."""
    world, noise = _world(args), _noise(args.noise)
    found = compare(read_trace(args.trace), world, args.cold, noise, args.seed)
    show(json_text(found) if args.json else text(found))
    return 1 if found.outcome.failed else 0


def _world(args: argparse.Namespace) -> World:
    machine = this_machine()
    cores = machine.cores if args.cores is None else _whole("--cores", args.cores)
    jobs = None if args.jobs == "all" else _whole("--jobs", args.jobs)
    return World(_memory(args.memory, machine), cores, jobs, args.use == "ramp")


def _memory(found: str | None, machine: Machine) -> int | None:
    try:
        return machine.memory if found is None else quantity.memory(found, machine)
    except BadValue as bad:
        raise bad_option("--memory", found, bad) from None


def _whole(option: str, found: str) -> int:
    if found.isascii() and found.isdecimal() and 1 <= int(found) <= MOST:
        return int(found)
    other = ', or "all"' if option == "--jobs" else ""
    problem = "is out of range" if found.isdecimal() else "is not a whole number"
    allowed = f"a whole number from 1 to {MOST}{other}"
    raise bad_option(option, found, BadValue(problem, allowed))


def _noise(found: str) -> float:
    try:
        share = float(found.removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 0.5:
        raise bad_option("--noise", found, BadValue("is no such share", "0% to 50%"))
    return share
