"""The samples of a build as entries of its document: rates instead of sums. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from rocqshim.history.sample import Sample

# As the sample has them.
_SAME = "memory peak reserved memory_pressure cpu_pressure tasks running waiting blocked".split()


def entries(samples: Sequence[Sample], began: float) -> list[dict[str, Any]]:
    """One entry for each. began: Unix time at which the build did."""
    if not samples:
        return []
    pairs = [(None, samples[0]), *pairwise(samples)]
    return [_entry(before, sample, began) for before, sample in pairs]


def _entry(before: Sample | None, sample: Sample, began: float) -> dict[str, Any]:
    return {
        "t": round(max(0.0, sample.time - began), 3),
        **{name: getattr(sample, name) for name in _SAME},
        "cpu": _rate("cpu", before, sample),
        "machine_cpu": _rate("machine_cpu", before, sample),
        "read": _rate("read", before, sample),
        "written": _rate("written", before, sample),
        "jobs": _held(sample.jobs),
    }


def _rate(name: str, before: Sample | None, sample: Sample) -> float | None:
    """By how much it grew each second; None after a new broker, which counts from zero."""
    then, now = getattr(before, name, None), getattr(sample, name)
    if before is None or then is None or now is None or now < then or sample.time <= before.time:
        return None
    return float(round((now - then) / (sample.time - before.time), 3))


def _held(text: str | None) -> list[list[Any]]:
    """[[file, bytes, attempt], …] of the running jobs."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    whole = 3
    listed = found if isinstance(found, list) else []
    return [one for one in listed if isinstance(one, list) and len(one) == whole]
