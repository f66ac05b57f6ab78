"""Limits that somebody has set on our slices by hand, and that outlive the build."""

from __future__ import annotations

import os
from dataclasses import dataclass

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.managers import booted, scope
from rocqshim.folders import config_home

NAME = "slices by hand"
MEANS = (
    "these limits hold beside those of your projects, in every build; the lower one wins, and "
    "`rocqshim config` does not know of it"
)


@dataclass(frozen=True)
class ByHand:
    """A unit file or drop-in of a slice of ours. unit: rocq.slice, or one below it."""

    unit: str
    path: str


def leftovers(host: Host) -> Check:
    """Has `systemctl set-property rocq.slice …`, or a unit file, left limits behind?"""
    if not booted(host):
        return Check(NAME, SKIPPED, "no systemd runs here")
    return judge(read(host), " ".join(scope(host)))


def read(host: Host) -> list[ByHand]:
    """What lasts over a restart, and what a runtime `set-property` has left of a slice."""
    found = [each for folder in _lasting(host) for each in _in_folder(host, folder)]
    return [*found, *_in_folder(host, _runtime(host))]


def _lasting(host: Host) -> list[str]:
    if host.uid == 0:
        return ["/etc/systemd/system.control", "/etc/systemd/system"]
    config = config_home(host.environ)
    return [f"{config}/systemd/user.control", f"{config}/systemd/user"]


def _runtime(host: Host) -> str:
    # The broker's own limits are on transient units, which have their drop-ins elsewhere.
    root = "/run/systemd/system" if host.uid == 0 else f"{host.runtime_folder()}/systemd/user"
    return f"{root}.control"


def _in_folder(host: Host, folder: str) -> list[ByHand]:
    names = [name for name in host.listed(folder) if name.startswith(("rocq.", "rocq-"))]
    units = {name: name.removesuffix(".d") for name in names}
    return [
        ByHand(unit, os.path.join(folder, name))
        for name, unit in units.items()
        if unit.endswith(".slice")
    ]


def judge(found: list[ByHand], command: str) -> Check:
    """command: systemctl with what its manager needs."""
    if not found:
        return Check(NAME, OK, "none")
    units = " ".join(dict.fromkeys(each.unit for each in found))
    paths = ", ".join(each.path for each in found)
    return Check(NAME, DEGRADED, paths, MEANS, f"{command} revert {units}")
