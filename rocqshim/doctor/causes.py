"""Why the kernel has not all limits of the slice: the cause on this machine, and its cure."""

from __future__ import annotations

from collections.abc import Callable

from rocqshim.backend.watch_unenforced import REASON
from rocqshim.doctor import cgroupfs, cgroups, leftovers, managers, placement
from rocqshim.doctor.check import Check
from rocqshim.doctor.host import Host
from rocqshim.settings.model import By, Setting, Settings

# What a slice of the kernel's needs, a cause before its effects.
NEEDED: tuple[Callable[[Host], Check], ...] = (
    cgroups.cgroup_v2,
    managers.manager,
    managers.queue,
    managers.systemd,
    cgroupfs.cgroup_files,
    cgroups.controllers,
    placement.placement,
)
ANEW = "rocqshim stop --broker, and build again: the slice is opened anew"
ANEW_OR_WHY = f"rocqshim logs (it says why); then: {ANEW}"
WATCHDOG = "watchdog"


def without_kernel(host: Host, settings: Settings) -> str:
    """What brings a backend of the kernel's back."""
    asked = settings.backend
    own = [changed("backend", asked, "auto")] if asked.value == WATCHDOG else []
    bad = next((check for look in NEEDED if (check := look(host)).is_bad), None)
    return "\n".join([*own, *([bad.mend] if bad else [])]) or ANEW_OR_WHY


def of_reason(reason: str, host: Host, settings: Settings) -> str:
    """What brings a limit back that is not enforced for ``reason`` (`Unenforced`)."""
    if reason == REASON:
        return without_kernel(host, settings)
    if "swapaccount" in reason:
        return cgroups.at_boot("swapaccount=1")
    looks: tuple[Callable[[Host], Check], ...] = (leftovers.leftovers,)
    if "controller" in reason:
        looks = (cgroups.controllers, cgroupfs.cgroup_files, cgroups.cgroup_v2)
    bad = next((check for look in looks if (check := look(host)).is_bad), None)
    return bad.mend if bad else ANEW


def changed(key: str, setting: Setting[str], value: str) -> str:
    """The words that set ``key`` to another value, where it is set now."""
    if setting.origin.by is By.VARIABLE:
        return f"unset {setting.origin}"
    return f'set {key} = "{value}" ({setting.origin})'
