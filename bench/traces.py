"""Made-up builds of all shapes, with all kinds of memory and time, for bench/simulate.py.

`python bench/traces.py SHAPE NEEDS FILES SEED` prints one as a trace for rocqshim simulate.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from random import Random

from rocqshim.simulate.trace import File, Trace

G = 2**30
Shape = Callable[[int, Random], list[list[int]]]  # for each file, the files that it needs
Needs = Callable[[Random, int], tuple[float, float]]  # seconds, gigabytes; given the file's depth


def chain(n: int, random: Random) -> list[list[int]]:
    """Each file needs the one before it."""
    return [[i - 1] if i else [] for i in range(n)]


def fan(n: int, random: Random) -> list[list[int]]:
    """One file, then many that need it, then one that needs them all."""
    return [[] if i == 0 else [0] if i < n - 1 else list(range(1, n - 1)) for i in range(n)]


def free(n: int, random: Random) -> list[list[int]]:
    """No file needs another."""
    return [[] for _ in range(n)]


def chains(n: int, random: Random) -> list[list[int]]:
    """Seven chains side by side."""
    return [[i - 7] if i >= 7 else [] for i in range(n)]


def layers(n: int, random: Random) -> list[list[int]]:
    """Layers of changing width; a file needs a few of the layer before."""
    deps: list[list[int]] = []
    before: list[int] = []
    while len(deps) < n:
        width = min(n - len(deps), random.randint(1, max(2, n // 8)))
        layer = list(range(len(deps), len(deps) + width))
        for _ in layer:
            deps.append(random.sample(before, min(len(before), random.randint(1, 4))))
        before = layer
    return deps


def anyhow(n: int, random: Random) -> list[list[int]]:
    """A file needs up to three of any files before it."""
    return [random.sample(range(i), min(i, random.randint(0, 3))) for i in range(n)]


def nearby(n: int, random: Random) -> list[list[int]]:
    """A file needs some of the 20 files before it: long and thin."""
    return [random.sample(range(max(0, i - 20), i), min(i, random.randint(1, 3))) for i in range(n)]


def library(n: int, random: Random) -> list[list[int]]:
    """Directories one after another, each with a core that all of it and the next one need."""
    deps: list[list[int]] = []
    core: list[int] = []
    while len(deps) < n:
        first = len(deps)
        for place in range(min(n - first, random.randint(5, 40))):
            inside = range(first, first + place)
            own = random.sample(inside, min(place, random.randint(0, 3)))
            deps.append(sorted({*own, *random.sample(core, min(len(core), 2))}))
        core = [first, *range(max(first, len(deps) - 2), len(deps))]
    return deps


def even(random: Random, depth: int) -> tuple[float, float]:
    """All about the same."""
    return random.uniform(5, 15), random.uniform(0.5, 1.5)


def same(random: Random, depth: int) -> tuple[float, float]:
    """All exactly the same."""
    return 10.0, 1.0


def heavy(random: Random, depth: int) -> tuple[float, float]:
    """Heavy tails, time and memory of their own."""
    return random.lognormvariate(2, 1.2), 0.3 + random.lognormvariate(-0.5, 1.0)


def joined(random: Random, depth: int) -> tuple[float, float]:
    """Heavy tails, and who takes long takes much."""
    common = random.lognormvariate(0, 1)
    return 8 * common * random.uniform(0.6, 1.6), 0.3 + 0.5 * common * random.uniform(0.6, 1.6)


def pareto(random: Random, depth: int) -> tuple[float, float]:
    """Very heavy tails."""
    return 3 * random.paretovariate(1.3), min(40.0, 0.4 * random.paretovariate(1.5))


def two(random: Random, depth: int) -> tuple[float, float]:
    """Most small, some large."""
    if random.random() < 0.1:
        return random.uniform(30, 90), random.uniform(4, 6)
    return random.uniform(1, 8), random.uniform(0.3, 0.6)


def deep(random: Random, depth: int) -> tuple[float, float]:
    """As in real projects: a base for the compiler, and more for who loads more."""
    loads = 0.35 + 0.05 * depth
    return random.lognormvariate(1.8, 1.0), loads * random.lognormvariate(0, 0.25) + (
        random.lognormvariate(0, 0.8) if random.random() < 0.15 else 0.0
    )


SHAPES: dict[str, Shape] = {
    f.__name__: f for f in (chain, fan, free, chains, layers, anyhow, nearby, library)
}
NEEDS: dict[str, Needs] = {f.__name__: f for f in (even, same, heavy, joined, pareto, two, deep)}


def make_trace(shape: str, needs: str, n: int, seed: int) -> Trace:
    """A trace of ``n`` files; the same words give the same trace."""
    random = Random(f"{shape} {needs} {n} {seed}")
    deps = SHAPES[shape](n, random)
    depth: list[int] = []
    files = []
    for place, before in enumerate(deps):
        depth.append(1 + max((depth[d] for d in before), default=-1))
        seconds, gigabytes = NEEDS[needs](random, depth[-1])
        names = tuple(_name(d) for d in before)
        files.append(File(_name(place), round(seconds, 2), int(gigabytes * G), names))
    return Trace(f"{shape}-{needs}-{n}-{seed}", tuple(files))


def _name(place: int) -> str:
    return f"theories/Part{place // 25}/File{place}.v"


def as_json(trace: Trace) -> str:
    """The trace as a file of its own."""
    files = [
        {"file": f.file, "seconds": f.seconds, "peak_bytes": f.peak, "deps": f.deps}
        for f in trace.files
    ]
    return json.dumps({"name": trace.name, "files": files}, indent=1)


if __name__ == "__main__":
    print(as_json(make_trace(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
