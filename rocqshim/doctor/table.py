"""All checks, in the order in which they are printed: a cause stands before its effect."""

from __future__ import annotations

from collections.abc import Callable

from rocqshim.doctor import (
    above,
    allocation,
    cgroupfs,
    cgroups,
    filesystem,
    launchers,
    leftovers,
    limits,
    managers,
    oom_killers,
    oom_policy,
    placement,
    programs,
    project,
    tasks,
    variables,
)
from rocqshim.doctor.check import Check
from rocqshim.doctor.host import Host

CHECKS: tuple[Callable[[Host], Check], ...] = (
    managers.systemd,
    managers.manager,
    managers.queue,
    cgroups.cgroup_v2,
    cgroupfs.cgroup_files,
    cgroups.controllers,
    cgroups.cpuset,
    cgroups.io_effect,
    filesystem.file_system,
    cgroups.swap,
    placement.placement,
    managers.lingering,
    oom_policy.oom_policy,
    oom_killers.oom_killers,
    allocation.allocation,
    above.limits_above,
    tasks.tasks,
    leftovers.leftovers,
    programs.compiler,
    variables.variables,
    programs.launcher,
    launchers.launchers,
    project.settings,
    project.include,
)


def examine(host: Host) -> list[Check]:
    """Make every check; the last ones ask the broker."""
    return [*(check(host) for check in CHECKS), *limits.limits(host)]
