"""What a build would have taken on another machine, or with another -j, by the simulator. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rocqshim.history.trace import trace_of
from rocqshim.report.foreseen import foreseen
from rocqshim.report.jobs import Entry, of_build
from rocqshim.report.recorded import Recorded
from rocqshim.settings.size import human_size
from rocqshim.simulate.build import World
from rocqshim.simulate.trace import BadTrace, Trace, parse_trace

MEMORY = (0.75, 1.5, 2.0)  # times memory-max
LEAST = 2  # files; nothing can be foreseen of one
MOST_NAMED = 3  # files that would fail


@dataclass(frozen=True)
class WhatIf:
    """Simulations. seconds: of the build as it was, simulated too; None: nothing was.

    changes: entries of the document, their difference is to ``seconds``.
    """

    seconds: float | None = None
    changes: list[Entry] = field(default_factory=list)


def what_if(
    found: Recorded, jobs: Sequence[Entry], budget: float, clock: Callable[[], float]
) -> WhatIf:
    """Try some changes, the likeliest first, until ``budget`` seconds of ``clock`` are over."""
    began, trace = clock(), _trace(found)
    if trace is None or found.cores is None:
        return WhatIf()
    world = World(found.memory_max, found.cores, at_once(jobs))
    base, failed = foreseen(trace, world)
    if failed:  # it did not, so the simulator knows too little about it
        return WhatIf()
    each, changes = clock() - began, []
    for name, change in _changes(world):
        if clock() - began + each > budget:
            break
        changes.append(_entry(name, trace, change, base))
    return WhatIf(round(base, 3), changes)


def _trace(found: Recorded) -> Trace | None:
    recorded = trace_of(found.project, found.rows)
    if len(recorded["files"]) < LEAST:
        return None
    try:
        return parse_trace(json.dumps(recorded))
    except BadTrace:
        return None


def at_once(jobs: Sequence[Entry]) -> int:
    """How many make had asked for at once, as far as it came: its -j, or what could be compiled."""
    made = of_build(jobs)
    steps = [(job["asked"], 1) for job in made] + [(job["ended"], -1) for job in made]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return max(1, most)


def _changes(world: World) -> Iterator[tuple[str, World]]:
    """The likeliest first, as time may not be enough for all."""
    jobs, cores = world.jobs or 1, world.cores or 1
    more, limits = max(jobs, cores * 2), _limits(world)
    yield from limits[1:2]
    if jobs > 1:
        yield f"-j{jobs // 2}", replace(world, jobs=jobs // 2)
    yield f"{cores * 2} cores, -j{more}", replace(world, cores=cores * 2, jobs=more)
    yield from limits[:1]
    yield f"-j{jobs * 2}", replace(world, jobs=jobs * 2)
    yield from limits[2:]
    if cores > 1:
        yield f"{cores // 2} core{'s' * (cores > 3)}", replace(world, cores=cores // 2)


def _limits(world: World) -> list[tuple[str, World]]:
    if world.memory_max is None:
        return []
    sizes = [int(world.memory_max * factor) for factor in MEMORY]
    return [(f"memory-max {human_size(size)}", replace(world, memory_max=size)) for size in sizes]


def _entry(name: str, trace: Trace, world: World, base: float) -> Entry:
    """seconds and difference are null where the build would fail."""
    makespan, failed = foreseen(trace, world)
    seconds = None if failed else round(makespan, 3)
    return {
        "change": name,
        "seconds": seconds,
        "difference": None if seconds is None else round(seconds - base, 3),
        "failed": failed[:MOST_NAMED],
    }
