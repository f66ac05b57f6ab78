"""The policy on made-up builds of all shapes, against the oracle and make alone.

`python bench/simulate.py [FILES] [SEED]` prints, for warm and cold builds and both models of
memory, the least, middle and worst ratios; then the cost of a decision, and of a large build.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product

from measure import amount
from traces import NEEDS, SHAPES, make_trace

from rocqshim.admission.model import Room, Running, Waiting
from rocqshim.admission.queue import Queue
from rocqshim.simulate.build import World
from rocqshim.simulate.compare import compare, simulate
from rocqshim.simulate.trace import Trace

G = 2**30
CORES = (4, 16)
LEVELS = ("tight", "middle", "loose")


@dataclass(frozen=True)
class Row:
    """One build: against the oracle and the best static -j, and its share of jobs repeated."""

    name: str
    level: str
    oracle: float
    static: float
    repeated: float
    kills: int
    failed: int
    maq: float
    of_bound: float


def memory_of(trace: Trace, level: str, cores: int) -> int:
    """tight: the largest peak and 5 %. loose: never the bound. middle: 0.4 of what cores want."""
    peaks = sorted((file.peak for file in trace.files), reverse=True)
    tight = int(peaks[0] * 1.05)
    middle = int(sum(peaks) / len(peaks) * cores * 0.4)
    return {"tight": tight, "middle": max(tight, middle), "loose": sum(peaks[:cores])}[level]


def row(case: tuple[str, str, str, int], files: int, seed: int, cold: bool, ramp: bool) -> Row:
    """Simulate one case."""
    shape, needs, level, cores = case
    trace = make_trace(shape, needs, files, seed)
    found = compare(trace, World(memory_of(trace, level, cores), cores, ramp=ramp), cold)
    outcome, best = found.outcome, found.best_static
    static = outcome.makespan / best.makespan if best and best.makespan else 0.0
    return Row(
        f"{shape} {needs} {level} {cores} cores",
        level,
        outcome.makespan / found.oracle,
        static,
        len(outcome.repeated) / files,
        outcome.kills,
        len(outcome.failed),
        outcome.maq,
        outcome.makespan / found.lower_bound,
    )


def spread(values: Sequence[float]) -> str:
    """Least, middle and greatest."""
    ordered = sorted(values)
    middle = ordered[len(ordered) // 2]
    return f"{ordered[0]:6.3f} {middle:6.3f} {ordered[-1]:6.3f}"


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The table of one kind of build."""
    for level in LEVELS:
        some = [r for r in rows if r.level == level]
        over = sum(r.oracle > 1.25 for r in some)
        slower = sum(r.static > 1.02 for r in some)
        yield (
            f"  {level:7} oracle {spread([r.oracle for r in some])}   static "
            f"{spread([r.static for r in some])} over 1.02: {slower}/{len(some)}   "
            f"maq {spread([r.maq for r in some])}   "
            f"kills {sum(r.kills for r in some):4}   repeated "
            f"{100 * sum(r.repeated for r in some) / len(some):.2f} %   failed "
            f"{sum(r.failed for r in some)}   over 1.25: {over}/{len(some)}   "
            f"over 2 %: {sum(r.repeated > 0.02 for r in some)}/{len(some)}"
        )
    worst = max(rows, key=lambda r: r.oracle)
    yield f"  worst against the oracle: {worst.oracle:.3f} ({worst.name})"
    worst = max(rows, key=lambda r: r.static)
    yield f"  worst against static:     {worst.static:.3f} ({worst.name})"


def decision(waiting: int) -> float:
    """Milliseconds of one decision, the worst of 200."""
    queue, room = Queue(), Room(10 * G, 64)
    queue.adopt(Running(0, 4 * G))
    for number in range(1, waiting + 1):
        queue.enter(Waiting(number, (5 + number % 7) * G, number % 1000, 10.0))
    worst = 0.0
    for _ in range(200):
        begun = time.perf_counter()
        job = queue.choose(room)
        worst = max(worst, time.perf_counter() - begun)
        if job:
            queue.start(job.number)
            queue.end(job.number)
    return 1000 * worst


def main() -> None:
    """Print it all."""
    files = amount(60)
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    cases = list(product(SHAPES, NEEDS, LEVELS, CORES))
    print(f"{len(cases)} builds of {files} files each; ratios: least, middle, greatest")
    for cold, ramp in product((False, True), (False, True)):
        job = partial(row, files=files, seed=seed, cold=cold, ramp=ramp)
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(job, cases, chunksize=8))
        print(f"{'cold' if cold else 'warm'}, memory {'a ramp' if ramp else 'constant'}:")
        print("\n".join(lines(rows)))
    for waiting in (1_000, 10_000):
        print(f"a decision with {waiting} waiting: {decision(waiting):.3f} ms at most")
    for cold in (False, True):
        trace = make_trace("library", "deep", 10_000, seed)
        begun = time.perf_counter()
        simulate(trace, World(memory_of(trace, "middle", 128), 128), cold)
        seconds = time.perf_counter() - begun
        print(f"10,000 files, 128 cores, {'cold' if cold else 'warm'}: {seconds:.1f} s to simulate")


if __name__ == "__main__":
    main()
