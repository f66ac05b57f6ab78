"""How a file differs from the build before, in words. Pure."""

from __future__ import annotations

from rocqshim.cli.duration import duration
from rocqshim.report.jobs import Entry
from rocqshim.report.previous import memory_growth, time_growth
from rocqshim.settings.size import human_size

Change = tuple[str, str, str]  # before, now, and by how much: ``1.2 s``, ``3.0 s``, ``+150%``


def time_change(entry: Entry) -> Change:
    """What `time_growth` has compared; of the processor where both builds have that."""
    is_cpu = entry["cpu"] is not None and entry["cpu_before"] is not None
    key = "cpu" if is_cpu else "seconds"
    then, now = (duration(entry[name]) for name in (f"{key}_before", key))
    return then, f"{'CPU ' * is_cpu}{now}", f"{time_growth(entry):+.0%}"


def memory_change(entry: Entry) -> Change:
    """What `memory_growth` has compared."""
    known = [entry["peak_before"], entry["peak"]]
    then, now = ("-" if peak is None else human_size(peak) for peak in known)
    return then, now, f"{memory_growth(entry):+.0%}"


def spent(entry: Entry) -> str:
    """``CPU 1.2 s -> 3.0 s (+150%)``."""
    then, now, change = time_change(entry)
    name = "CPU" if now.startswith("CPU") else "time"
    return f"{name} {then} -> {now.removeprefix('CPU ')} ({change})"


def held(entry: Entry) -> str:
    """``memory 1G -> 2G (+100%)``."""
    then, now, change = memory_change(entry)
    return f"memory {then} -> {now} ({change})"
