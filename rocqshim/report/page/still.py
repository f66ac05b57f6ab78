"""Memory over time as a picture that needs no script."""

from __future__ import annotations

from typing import Any

from rocqshim.cli.duration import duration
from rocqshim.report.page.scale import memory_top
from rocqshim.report.page.words import escaped
from rocqshim.settings.size import human_size

WIDTH, HEIGHT, FOOT = 800.0, 220.0, 20.0
SHOWN = 400  # points; more than there are pixels help nobody


def picture(document: dict[str, Any]) -> str:
    """An SVG, or a sentence if there is nothing to draw."""
    samples = [sample for sample in document["samples"] if sample["memory"] is not None]
    if not samples:
        return "<p>No memory was recorded during this build.</p>"
    seconds = document["seconds"] or samples[-1]["t"] or 1
    most = memory_top(document)
    used = _line([(s["t"], s["memory"]) for s in samples], seconds, most)
    first, last = used.split(" ", 1)[0].split(",")[0], used.rsplit(" ", 1)[-1].split(",")[0]
    area = f"{first},{HEIGHT} {used} {last},{HEIGHT}"
    return (
        f'<svg class="still" viewBox="0 0 {WIDTH:.0f} {HEIGHT + FOOT:.0f}" role="img" '
        f'aria-label="Memory of the slice over time, {escaped(human_size(most))} at the top">'
        f'<polygon class="used" points="{area}"/>'
        + _promised(samples, seconds, most)
        + _limit(document["memory_max"], most)
        + f'<text x="0" y="{HEIGHT + 15}">0</text><text x="{WIDTH}" y="{HEIGHT + 15}" '
        f'text-anchor="end">{duration(seconds)}</text></svg>'
    )


def _promised(samples: list[dict[str, Any]], seconds: float, most: int) -> str:
    known = [(s["t"], min(s["reserved"], most)) for s in samples if s["reserved"] is not None]
    return f'<polyline class="promised" points="{_line(known, seconds, most)}"/>' if known else ""


def _limit(limit: int | None, most: int) -> str:
    if not limit:
        return ""
    if limit > most:
        return f'<text x="4" y="14">{human_size(most)}; memory-max {human_size(limit)}</text>'
    y = HEIGHT * (1 - limit / most) + 1
    return (
        f'<line class="limit" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="4" y="{y + 14:.1f}">memory-max {human_size(limit)}</text>'
    )


def _line(points: list[tuple[float, int]], seconds: float, most: int) -> str:
    """The highest of neighbours, where there are too many."""
    step = -(-len(points) // SHOWN)
    kept = [max(points[at : at + step], key=lambda p: p[1]) for at in range(0, len(points), step)]
    return " ".join(
        f"{WIDTH * min(1.0, t / seconds):.1f},{HEIGHT * (1 - value / most):.1f}"
        for t, value in kept
    )
