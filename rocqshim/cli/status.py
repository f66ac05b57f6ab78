"""``rocqshim status``: the slice, its limits as the kernel has them, what runs and what waits.

It never starts a broker.
"""

from __future__ import annotations

import argparse
import json

from rocqshim.backend.watchdog import slices_left
from rocqshim.cli.ask import Answer, NoBroker, ask, named_socket, place
from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line, per_cent, show
from rocqshim.settings.size import human_size

JSON_VERSION = 1
NOTHING = "no compiler is running (no broker{})"
NEUTRAL = 100  # a weight that nobody has set
SIZES = ("memory_max", "memory_high", "memory_swap_max")
JOB_HEAD = ("FILE", "PID", "TIME", "MEMORY", "PEAK")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``--json`` and ``--all``."""
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    parser.add_argument("--all", action="store_true", help="every project of yours")


def run(args: argparse.Namespace) -> int:
    """Print the status on stdout. Raises UserError."""
    try:
        answer = ask("status", [("all", "1")] if args.all else [])
    except NoBroker:
        left = slices_left(place())
        answer = {"broker": None, "projects": [], "left": left, "socket": named_socket() or None}
    show(json_text(answer) if args.json else text(answer))
    return 0


def json_text(answer: Answer) -> str:
    """The broker's answer under our own version. Bytes and seconds; null is infinity."""
    return json.dumps({**answer, "version": JSON_VERSION}, indent=2)


def text(answer: Answer) -> str:
    """A paragraph for each project, then the broker."""
    broker = answer["broker"]
    if broker is None:
        return _left(answer.get("left", []), answer.get("socket"))
    up = duration(broker["seconds"])
    last = f"broker: pid {broker['pid']}, version {broker['version']}, up {up}"
    projects = [_project(project) for project in answer["projects"]]
    return "\n".join([*projects, *_elsewhere(answer), last])


def _left(slices: list[str], socket: str | None) -> str:
    """What runs without a broker: one that was killed is started again by the next launcher."""
    if not slices:
        return NOTHING.format(f" at {socket}, which ROCQSHIM_SOCKET names" if socket else "")
    return (
        f"no broker is there, but compilers run in {', '.join(slices)}\n  rocqshim stop ends them"
    )


def _elsewhere(answer: Answer) -> list[str]:
    count = answer.get("elsewhere", 0)
    jobs = "1 job" if count == 1 else f"{count} jobs"
    return [f"{jobs} of other projects: rocqshim status --all"] if count else []


def _project(project: Answer) -> str:
    head = f"{project['slice']} ({project['backend'] or 'not open'}), project {project['root']}"
    if project["limits"] is None:
        return f"{head}\n  nothing has run here yet; for its limits see: rocqshim config"
    lines = [head, *columns(_limit_rows(project), "  ")]
    lines += [f"  {entry}" for entry in project["unenforced"]]
    running, waiting = len(project["jobs"]), project["waiting"]
    lines.append(f"  {running} running, {waiting} waiting")
    if running:
        lines += columns([JOB_HEAD, *map(_job_row, project["jobs"])], "    ")
    return "\n".join(lines)


def _limit_rows(project: Answer) -> list[tuple[str, str, str]]:
    limits = project["limits"]
    return [
        (key.replace("_", "-"), _limit(key, value), _use(key, value, project))
        for key, value in limits.items()
        if key in ("memory_max", "tasks_max") or value not in (None, _neutral(key))
    ]


def _neutral(key: str) -> int | None:
    return NEUTRAL if key.endswith("_weight") else None


def _limit(key: str, value: int | None) -> str:
    if key in SIZES or value is None:
        return human_size(value)
    return f"{value}%" if key == "cpu_quota" else str(value)


def _use(key: str, limit: int | None, project: Answer) -> str:
    if key == "memory_max":
        share = f" ({per_cent(project['memory'], limit)})" if limit else ""
        peak = project["memory_peak"]
        most = f", peak {human_size(peak)}" if peak is not None else ""
        return f"{human_size(project['memory'])} used{share}{most}"
    return f"{project['tasks']} used" if key == "tasks_max" else ""


def _job_row(job: Answer) -> tuple[str, ...]:
    peak = job["memory_peak"]
    return (
        one_line(job["file"]),
        str(job["pid"] or "-"),
        duration(job["seconds"]),
        human_size(job["memory"]),
        human_size(peak) if peak is not None else "-",
    )
