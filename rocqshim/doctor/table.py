"""All checks, in the order in which they are printed: a cause stands before its effect."""

from __future__ import annotations

from collections.abc import Callable

from rocqshim.doctor import cgroups, limits, managers, programs, project
from rocqshim.doctor.check import Check
from rocqshim.doctor.host import Host

CHECKS: tuple[Callable[[Host], Check], ...] = (
    managers.systemd,
    managers.manager,
    cgroups.cgroup_v2,
    cgroups.controllers,
    cgroups.io_effect,
    cgroups.swap,
    managers.lingering,
    project.allocation,
    programs.compiler,
    programs.launcher,
    project.settings,
    project.include,
)


def examine(host: Host) -> list[Check]:
    """Make every check; the last ones ask the broker."""
    return [*(check(host) for check in CHECKS), *limits.limits(host)]
