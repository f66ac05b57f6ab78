"""How a file differs from the build before, in words. Pure."""

from __future__ import annotations

from rocqshim.cli.duration import duration
from rocqshim.report.jobs import Entry
from rocqshim.report.previous import memory_growth, time_growth
from rocqshim.settings.size import human_size


def spent(entry: Entry) -> str:
    """``CPU 1.2 s -> 3.0 s (+150%)``: what `time_growth` has compared."""
    is_cpu = entry["cpu"] is not None and entry["cpu_before"] is not None
    name, key = ("CPU", "cpu") if is_cpu else ("time", "seconds")
    change = f"{duration(entry[f'{key}_before'])} -> {duration(entry[key])}"
    return f"{name} {change} ({time_growth(entry):+.0%})"


def held(entry: Entry) -> str:
    """``memory 1G -> 2G (+100%)``."""
    change = f"{human_size(entry['peak_before'])} -> {human_size(entry['peak'])}"
    return f"memory {change} ({memory_growth(entry):+.0%})"
