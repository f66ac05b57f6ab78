"""What a build would have taken on another machine, or with another -j, by the simulator. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from rocqshim.history.trace import loads_of, trace_of
from rocqshim.report.foreseen import foreseen
from rocqshim.report.jobs import Entry, of_build
from rocqshim.report.recorded import Recorded
from rocqshim.report.short import Short, short_of_memory
from rocqshim.settings.size import human_size
from rocqshim.simulate.build import World
from rocqshim.simulate.trace import BadTrace, Trace, parse_trace

MEMORY = (0.75, 1.5, 2.0)  # times memory-max
LEAST = 2  # files; nothing can be foreseen of one
LEAST_SECONDS = 0.1  # less is no difference
SPARE = 1.05  # times what a file has needed
NOWHERE = 1 << 60  # bytes
MOST_NAMED = 3  # files that would fail


@dataclass(frozen=True)
class WhatIf:
    """Simulations. seconds: of the build as it was, simulated too; None: nothing was, or it fails.

    changes: entries of the document, their difference is to ``seconds``; what helps most first,
    without those that change nothing. short: files that ran out of memory.
    """

    seconds: float | None = None
    changes: list[Entry] = field(default_factory=list)
    short: list[Short] = field(default_factory=list)


def what_if(
    found: Recorded, jobs: Sequence[Entry], budget: float, clock: Callable[[], float]
) -> WhatIf:
    """Try some changes, the likeliest first, until ``budget`` seconds of ``clock`` are over."""
    began, short = clock(), short_of_memory(found.rows, found.needed)
    trace = _trace(found, short)
    if trace is None or found.cores is None:
        return WhatIf(short=short)
    world = World(found.memory_max, found.cores, at_once(jobs))
    base, failed = foreseen(_limited(trace, short), world)
    if failed and not short:  # it did not, so the simulator knows too little about it
        return WhatIf()
    seconds = None if short else base
    each, changes = clock() - began, []
    for name, change, limited in _changes(world, trace, short):
        if clock() - began + each > budget:
            break
        changes.append(_entry(name, limited, change, seconds, short))
    useful = [change for change in changes if _changes_something(change, seconds)]
    # Stable: of what helps alike the likelier first.
    useful.sort(key=lambda one: (one["seconds"] is None, round(one["seconds"] or 0.0, 1)))
    return WhatIf(None if seconds is None else round(seconds, 3), useful, short)


def _changes_something(change: Entry, base: float | None) -> bool:
    """Against a build that fails: whether it succeeds; else in seconds, or that it fails."""
    if base is None or change["seconds"] is None:
        return (base is None) != (change["seconds"] is None)
    return bool(abs(change["difference"]) >= max(LEAST_SECONDS, base / 200))


def _trace(found: Recorded, short: Sequence[Short]) -> Trace | None:
    recorded = trace_of(found.project, found.rows)
    names = {file["file"] for file in recorded["files"]} | {one.row.file for one in short}
    for one in short:
        deps = [name for name in loads_of(one.row) if name in names - {one.row.file}]
        file = {"file": one.row.file, "seconds": one.seconds, "peak_bytes": one.peak, "deps": deps}
        recorded["files"].append(file)
    if len(names) < LEAST and not short:
        return None
    try:
        return parse_trace(json.dumps(recorded))
    except BadTrace:
        return None


def _limited(trace: Trace, short: Sequence[Short]) -> Trace:
    """With their own limit as it was, those that were at it fit nowhere."""
    own = {one.row.file for one in short if one.is_own}
    files = (replace(f, peak=NOWHERE) if f.file in own else f for f in trace.files)
    return replace(trace, files=tuple(files))


def at_once(jobs: Sequence[Entry]) -> int:
    """How many make had asked for at once, as far as it came: its -j, or what could be compiled."""
    made = of_build(jobs)
    steps = [(job["asked"], 1) for job in made] + [(job["ended"], -1) for job in made]
    most = now = 0
    for _, step in sorted(steps):
        now += step
        most = max(most, now)
    return max(1, most)


def _changes(
    world: World, trace: Trace, short: Sequence[Short]
) -> Iterator[tuple[str, World, Trace]]:
    """The likeliest first, as time may not be enough for all."""
    yield from _own_limits(world, trace, short)
    limited = _limited(trace, short)
    for name, change in [*_enough(world, short), *_others(world)]:
        yield name, change, limited


def _own_limits(
    world: World, trace: Trace, short: Sequence[Short]
) -> Iterator[tuple[str, World, Trace]]:
    """More for files that were at their own job-memory-max: what they needed, or times that."""
    own = [one for one in short if one.is_own]
    limits = [one.needed or one.row.job_memory_max or one.had for one in own]
    for factor in (SPARE,) if own and all(one.needed for one in own) else MEMORY[1:]:
        if own:
            yield f"job-memory-max {human_size(int(max(limits) * factor))}", world, trace


def _enough(world: World, short: Sequence[Short]) -> list[tuple[str, World]]:
    needed = max((one.needed or 0 for one in short if not one.is_own), default=0)
    return [_memory(world, int(needed * SPARE))] if world.memory_max and needed else []


def _others(world: World) -> Iterator[tuple[str, World]]:
    jobs, cores = world.jobs or 1, world.cores or 1
    more = max(jobs, cores * 2)
    limits = [_memory(world, int(world.memory_max * by)) for by in MEMORY if world.memory_max]
    yield from limits[1:2]
    if jobs > 1:
        yield f"-j{jobs // 2}", replace(world, jobs=jobs // 2)
    yield f"{cores * 2} cores, -j{more}", replace(world, cores=cores * 2, jobs=more)
    yield from limits[:1]
    yield f"-j{jobs * 2}", replace(world, jobs=jobs * 2)
    yield from limits[2:]
    if cores > 1:
        yield f"{cores // 2} core{'s' * (cores > 3)}", replace(world, cores=cores // 2)


def _memory(world: World, size: int) -> tuple[str, World]:
    return f"memory-max {human_size(size)}", replace(world, memory_max=size)


def _entry(
    name: str, trace: Trace, world: World, base: float | None, short: Sequence[Short]
) -> Entry:
    """seconds and difference are null where the build would fail."""
    makespan, failed = foreseen(trace, world)
    seconds = None if failed else round(makespan, 3)
    known = seconds is not None and base is not None
    return {
        "change": name,
        "seconds": seconds,
        "difference": round(makespan - base, 3) if known and base is not None else None,
        "failed": failed[:MOST_NAMED],
        "unproven": [] if failed else [one.row.file for one in short if one.needed is None],
    }
