"""Where time was lost: cores that did not work for the build, by the reason why. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from statistics import median
from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.report.jobs import Entry, of_build, processor_of, seconds_of

# Nobody waited: what could come next needs what still runs, or make's -j was used up.
DEPENDENCIES = "dependencies"
OTHERS = "others"  # a job had the core, and other work of the machine used it
LITTLE = 0.9
GAP = 3.0  # times the usual time between two samples; in a longer one no job ran

Samples = Sequence[dict[str, Any]]


def lost(
    samples: Samples, jobs: Sequence[Entry], cores: int | None, seconds: float
) -> dict[str, float] | None:
    """Core-seconds by reason (of admission.reason, DEPENDENCIES, OTHERS), the largest first.

    samples, jobs: entries of a document. seconds: of the whole build. None where nobody knows.
    """
    if not samples or cores is None:
        return None
    found: dict[str, float] = {}
    times, running = [sample["t"] for sample in samples], Running(jobs)
    held = GAP * (median(b - a for a, b in pairwise(times)) if len(times) > 1 else 1.0)
    for sample, after, end in zip(
        samples, [*samples[1:], None], [*times[1:], seconds], strict=True
    ):
        begin, lasted = sample["t"], max(0.0, min(end - sample["t"], held))
        # Of other builds in the slice, or not ended yet: as many as at the look.
        beside = max(0, sample["running"] - running.at(begin))
        idle = running.idle(begin, begin + lasted, cores - beside)
        _add(found, sample["blocked"], idle)
        _add(found, "", max(0.0, end - begin - lasted) * cores)
        _add(found, OTHERS, _taken(cores * lasted - idle, end - begin, after))
    ordered = sorted(found.items(), key=lambda one: -one[1])
    rounded = {word: round(amount, 3) for word, amount in ordered}
    return {word: amount for word, amount in rounded.items() if amount > 0}


class Running:
    """How many of a build's own jobs ran at any time, by when they started and ended."""

    def __init__(self, jobs: Sequence[Entry]) -> None:
        built = of_build(jobs)
        steps = [(job["started"], 1) for job in built] + [(job["ended"], -1) for job in built]
        steps.sort()
        self._times: list[float] = [at for at, _ in steps]
        self._counts = [0, *accumulate(step for _, step in steps)]

    def at(self, time: float) -> int:
        """How many ran then."""
        return self._counts[bisect_right(self._times, time)]

    def idle(self, begin: float, end: float, cores: int) -> float:
        """Core-seconds of so many cores that had no job meanwhile."""
        first = bisect_right(self._times, begin)
        last = max(first, bisect_left(self._times, end))
        edges = [begin, *self._times[first:last], end]
        counts = self._counts[first : last + 1]
        spans = zip(pairwise(edges), counts, strict=True)
        return sum((to - since) * max(0, cores - count) for (since, to), count in spans)


def _taken(had: float, lasted: float, after: dict[str, Any] | None) -> float:
    """Of so many core-seconds with a job: what other work used. after: the sample after them."""
    if after is None or after["cpu"] is None or after["machine_cpu"] is None:
        return 0.0
    used, busy = (after[name] * lasted for name in ("cpu", "machine_cpu"))
    return float(max(0.0, min(had - used, busy - used)))


def _add(found: dict[str, float], blocked: str | None, amount: float) -> None:
    word = blocked or DEPENDENCIES
    found[word] = found.get(word, 0.0) + amount


def short_of_work(jobs: Sequence[Entry]) -> str:
    """``Jobs ran 9.7 s and had 4.0 s of CPU.``, where that is less than LITTLE of it; else ""."""
    known = [(processor_of(job), seconds_of(job)) for job in of_build(jobs)]
    used = sum(cpu for cpu, _ in known if cpu is not None)
    ran = sum(wall for cpu, wall in known if cpu is not None)
    if used >= LITTLE * ran:
        return ""
    return f"Jobs ran {duration(ran)} and had {duration(used)} of CPU."
