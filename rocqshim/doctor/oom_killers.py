"""Who else kills when memory is short: systemd-oomd, earlyoom, nohang."""

from __future__ import annotations

from dataclasses import dataclass

from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.host import Host, properties
from rocqshim.doctor.managers import booted

NAME = "oom killers"
OOMD = "systemd-oomd"
# By their names in /proc, whoever started them.
OTHERS = ("earlyoom", "nohang", "nohang-desktop", "low-memory-moni")
PROPERTIES = "--property=Id,ManagedOOMSwap,ManagedOOMMemoryPressure"
EARLYOOM = (
    """echo 'EARLYOOM_ARGS="--prefer ^(coqc|rocqworker|coqworker)"' | """
    "sudo tee -a /etc/default/earlyoom && sudo systemctl restart earlyoom"
)


@dataclass(frozen=True)
class Killers:
    """running: which of them. watched: the units above our jobs that oomd may kill in."""

    running: tuple[str, ...]
    watched: tuple[str, ...] = ()


def oom_killers(host: Host) -> Check:
    """May something act before the limits do?"""
    return judge(read(host))


def read(host: Host) -> Killers:
    """Look at the processes, and at what oomd is told to watch above the user's slices."""
    names = host.names_of_processes()
    running = tuple(name for name in (OOMD, *OTHERS) if name[:15] in names)
    watched = _watched(host) if OOMD in running and booted(host) else ()
    return Killers(running, watched)


def _watched(host: Host) -> tuple[str, ...]:
    units = ["-.slice", "user.slice", f"user-{host.uid}.slice", f"user@{host.uid}.service"]
    # After "--", as the name of the root slice looks like an option.
    named = units if host.uid else units[:1]
    text = host.value("systemctl", "show", PROPERTIES, "--", *named)
    found = []
    for block in text.split("\n\n"):
        entry = properties(block)
        if "kill" in (entry.get("ManagedOOMSwap"), entry.get("ManagedOOMMemoryPressure")):
            found.append(entry.get("Id", ""))
    return tuple(found)


def judge(killers: Killers) -> Check:
    """A kill by one of these is none of ours, and is told as such where it can be known."""
    others = [name for name in killers.running if name != OOMD]
    if others:
        found = f"{' '.join(others)} runs"
        means = (
            "it kills when the machine is short of memory, perhaps not a compiler; of one that "
            "it kills reports say: killed: by SIGKILL, and not by rocqshim"
        )
        return Check(NAME, DEGRADED, found, means, EARLYOOM)
    if killers.watched:
        found = f"{OOMD} watches {' '.join(killers.watched)}"
        means = "it may kill compilers, or your session, before memory-max is reached"
        auto = "ManagedOOMMemoryPressure=auto ManagedOOMSwap=auto"
        mend = "\n".join(
            f"sudo systemctl set-property -- {unit} {auto}" for unit in killers.watched
        )
        return Check(NAME, DEGRADED, found, means, mend)
    return Check(
        NAME, OK, f"{OOMD} runs, and watches nothing of ours" if killers.running else "none"
    )
