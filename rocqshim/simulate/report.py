"""A simulation as text and as JSON."""

from __future__ import annotations

import json

from rocqshim.cli.duration import duration
from rocqshim.cli.show import columns, one_line
from rocqshim.settings.size import human_size
from rocqshim.simulate.compare import Comparison
from rocqshim.simulate.static import Static

JSON_VERSION = 1
SHOWN = 12  # of the static builds


def json_text(found: Comparison) -> str:
    """All figures; seconds and bytes, null is no limit, or a build that did not succeed."""
    return json.dumps(_data(found), indent=2)


def _data(found: Comparison) -> dict[str, object]:
    outcome, world, best = found.outcome, found.world, found.best_static
    return {
        "version": JSON_VERSION,
        "trace": found.trace.name,
        "files": len(found.trace.files),
        "memory_max": world.memory_max,
        "cores": world.cores,
        "jobs": world.jobs,
        "use": "ramp" if world.ramp else "constant",
        "cold": found.cold,
        "makespan": outcome.makespan,
        "oom_kills": outcome.kills,
        "jobs_repeated": len(outcome.repeated),
        "failed_builds": int(bool(outcome.failed)),
        "failed": outcome.failed,
        "maq": round(outcome.maq, 4),
        "lower_bound": found.lower_bound,
        "oracle": found.oracle,
        "best_static": best and {"jobs": best.jobs, "makespan": best.makespan},
        "static": [{"jobs": s.jobs, "makespan": s.makespan} for s in found.static],
    }


def text(found: Comparison) -> str:
    """A head, the figures, and the static builds beside them."""
    return "\n".join([_head(found), *columns(_figures(found), "  "), *_static(found)])


def _head(found: Comparison) -> str:
    world, count = found.world, len(found.trace.files)
    jobs = "all" if world.jobs is None else world.jobs
    before = "nothing built before" if found.cold else "all built before"
    name = one_line(found.trace.name) or "the trace"
    return (
        f"{name}: {count} file{'s' * (count != 1)}, {human_size(world.memory_max)}, "
        f"{world.cores} core{'s' * (world.cores != 1)}, -j {jobs}, {before}"
    )


def _figures(found: Comparison) -> list[tuple[str, str, str]]:
    outcome = found.outcome
    end = "makespan" if not outcome.failed else "failed after"
    return [
        (end, duration(outcome.makespan), _against(found)),
        ("oracle", duration(found.oracle), "all-knowing list schedule by critical path"),
        ("lower bound", duration(found.lower_bound), "no schedule can be shorter"),
        ("OOM kills", str(outcome.kills), _repeated(found)),
        ("failed builds", str(int(bool(outcome.failed))), _failed(found)),
        ("MAQ", f"{outcome.maq:.2f}", "used / (used + over-reserved + under-reserved)"),
    ]


def _against(found: Comparison) -> str:
    if found.outcome.failed or not found.oracle:
        return ""
    return f"{found.outcome.makespan / found.oracle:.3f} of the oracle"


def _repeated(found: Comparison) -> str:
    count = len(found.outcome.repeated)
    return f"{count} of {len(found.trace.files)} jobs repeated" if count else ""


def _failed(found: Comparison) -> str:
    peaks = {file.file: file.peak for file in found.trace.files}
    names = found.outcome.failed
    return ", ".join(f"{one_line(name)} needs {human_size(peaks[name])}" for name in names)


def _static(found: Comparison) -> list[str]:
    best = found.best_static
    rows = [_row(build, build is best) for build in found.static]
    if len(rows) > SHOWN:
        near = found.static.index(best) if best else 0
        kept = {*range(6), near - 1, near, near + 1, len(rows) - 2, len(rows) - 1}
        rows = [row for place, row in enumerate(rows) if place in kept]
    return ["  make alone, without rocqshim:", *columns(rows, "    ")]


def _row(build: Static, is_best: bool) -> tuple[str, str, str]:
    if build.makespan is None:
        return f"-j{build.jobs}", "fails", "out of memory"
    return f"-j{build.jobs}", duration(build.makespan), "the best of them" if is_best else ""
