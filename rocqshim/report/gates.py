"""What fails a build in CI: files that need too much, or more than before. Pure."""

from __future__ import annotations

from typing import Any

from rocqshim.cli.show import columns, one_line
from rocqshim.report.change import held, spent
from rocqshim.report.jobs import of_build, peak_of
from rocqshim.report.previous import memory_growth, time_growth
from rocqshim.settings.size import human_size

NAMED = 10  # files that are named in one line


def is_measured(document: dict[str, Any]) -> bool:
    """Whether the memory of any job is known; else no peak can be judged."""
    return any(peak_of(job) is not None for job in of_build(document["jobs"]))


def unmeasured(document: dict[str, Any]) -> list[str]:
    """A line that names the files of which no peak is known, or none."""
    jobs = of_build(document["jobs"])
    known = {job["file"] for job in jobs if peak_of(job) is not None}
    files = sorted({job["file"] for job in jobs} - known)
    if not files:
        return []
    names = ", ".join(map(one_line, files[:NAMED])) + (", …" if len(files) > NAMED else "")
    return [f"{_files(len(files))} not judged, as the peak is not known: {names}"]


def over_peak(document: dict[str, Any], limit: int) -> list[str]:
    """Lines that name the files that had more than ``limit`` bytes, the largest first; or none.

    Attempts that were killed count as well: they had that much.
    """
    peaks: dict[str, int] = {}
    for job in of_build(document["jobs"]):
        peaks[job["file"]] = max(peaks.get(job["file"], 0), peak_of(job) or 0)
    over = sorted(((peak, file) for file, peak in peaks.items() if peak > limit), reverse=True)
    if not over:
        return []
    head = f"{_files(len(over))} had more than {human_size(limit)} (--fail-if-peak):"
    return [head, *columns([(one_line(file), human_size(peak)) for peak, file in over], "  ")]


def grown(document: dict[str, Any], share: float) -> list[str]:
    """Lines that name the files that grew by more than ``share`` (0.1 is 10%), or none.

    document: one with ``previous``.
    """
    before = document["previous"]
    rows = [(entry, time_growth(entry), memory_growth(entry)) for entry in before["files"]]
    over = [
        (
            one_line(entry["file"]),
            spent(entry) if time > share else "",
            held(entry) if memory > share else "",
        )
        for entry, time, memory in rows
        if max(time, memory) > share
    ]
    if not over:
        return []
    head = f"{_files(len(over))} grew by more than {100 * share:g}% since build {before['build']}"
    return [f"{head} (--max-growth):", *columns(over, "  ")]


def _files(count: int) -> str:
    return f"{count} file{'s' * (count != 1)}"
