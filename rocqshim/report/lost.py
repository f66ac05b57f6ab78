"""Where time was lost: cores that had nothing to do, by the reason why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Any

# Nobody waited: what could come next needs what still runs, or make's -j was used up.
DEPENDENCIES = "dependencies"
GAP = 3.0  # times the usual time between two samples; in a longer one no job ran


def lost(
    samples: Sequence[dict[str, Any]], cores: int | None, seconds: float
) -> dict[str, float] | None:
    """Core-seconds by reason, a word of admission.reason or DEPENDENCIES, the largest first.

    samples: entries of a document. seconds: of the whole build. None where nobody knows.
    """
    if not samples or cores is None:
        return None
    found: dict[str, float] = {}
    times = [sample["t"] for sample in samples]
    held = GAP * (median(b - a for a, b in pairwise(times)) if len(times) > 1 else 1.0)
    for sample, end in zip(samples, [*times[1:], seconds], strict=True):
        lasted = max(0.0, min(end - sample["t"], held))
        _add(found, sample["blocked"], lasted * max(0, cores - sample["running"]))
        _add(found, "", max(0.0, end - sample["t"] - lasted) * cores)
    ordered = sorted(found.items(), key=lambda one: -one[1])
    return {word: round(amount, 3) for word, amount in ordered if amount > 0}


def _add(found: dict[str, float], blocked: str | None, amount: float) -> None:
    word = blocked or DEPENDENCIES
    found[word] = found.get(word, 0.0) + amount
