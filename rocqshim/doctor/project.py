"""The project in this folder: its settings, its include, and the allocation that it runs in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rocqshim.backend.allocation import allocation as allocation_of
from rocqshim.doctor.cgroups import mount
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.errors import UserError
from rocqshim.makefile.include import DEFAULT_PATH, state
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import resolve
from rocqshim.settings.size import human_size
from rocqshim.setup.hint import MAKEFILES, including, to_add


def settings_here(host: Host) -> Settings | UserError:
    """The settings of this folder, or why there are none."""
    try:
        return resolve(Path("."), host.environ, this_machine())
    except UserError as error:
        return error


def settings(host: Host) -> Check:
    """Are the settings valid, and without a warning?"""
    found = settings_here(host)
    if isinstance(found, UserError):
        means = "builds here are refused until it is mended"
        return Check("settings", FAILED, found.fact, means, found.hint)
    if found.enforce.value == "off":
        where = f"enforce = off ({found.enforce.origin})"
        return Check("settings", FAILED, where, "nothing is limited", 'Set enforce to "prefer".')
    text = f"profile {found.profile.value}, memory-max {human_size(found.memory_max.value)}"
    text += f" ({found.memory_max.origin}) for {found.root}"
    if found.warnings:
        means = "\n".join(found.warnings)
        return Check("settings", DEGRADED, text, means, "rocqshim config shows where each is set")
    return Check("settings", OK, text)


def include(host: Host) -> Check:
    """Is mk/rocq-limits.mk there, current, and included?"""
    found = settings_here(host)
    if isinstance(found, UserError):
        return Check("include", SKIPPED, "the project is not known: see settings")
    path = found.root / DEFAULT_PATH
    makefiles = [name for name in MAKEFILES if host.exists(str(found.root / name))]
    if not host.exists(str(path)):
        return _no_include(makefiles)
    word = _state(path)
    if word != "current":
        means = "it may not know this version of the launcher or of Rocq"
        return Check("include", DEGRADED, f"{DEFAULT_PATH} is {word}", means, "rocqshim mk")
    if makefiles and not including(found.root, *makefiles):
        means = "make runs its compilers without limits, but for `rocqshim run -- make`"
        target, mend = to_add(found.root, makefiles[0])
        return Check("include", DEGRADED, f"no include of it in {target}", means, mend)
    return Check("include", OK, f"{DEFAULT_PATH} is current")


def _no_include(makefiles: list[str]) -> Check:
    if not makefiles:
        return Check("include", SKIPPED, "no Makefile here")
    means = "only `rocqshim run -- make`, or COQC=rocq-exec, limits the compilers"
    return Check("include", DEGRADED, f"there is no {DEFAULT_PATH}", means, "rocqshim init")


def _state(path: Path) -> str:
    try:
        word = state(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return "not readable"
    return {"older": "from another version", "edited": "edited by hand"}.get(word, word)


def allocation(host: Host) -> Check:
    """Are we inside an allocation that no job may leave, and has it room for memory-max?"""
    where, limit = allocation_here(host)
    if not where:
        return Check("allocation", OK, "none found: no limit above ours")
    found = settings_here(host)
    asked = None if isinstance(found, UserError) else found.memory_max.value
    if limit is not None and (asked is None or asked > limit):
        means = f"memory-max ({human_size(asked)}) is more than it has ({human_size(limit)})"
        mend = f'Set memory-max = "{human_size(limit * 9 // 10)}" in pyproject.toml.'
        return Check("allocation", DEGRADED, where, means, mend)
    return Check("allocation", OK, f"inside {where}; the jobs stay there")


def allocation_here(host: Host) -> tuple[str, int | None]:
    """The allocation that we are in, "" for none, and its memory in bytes, None for no limit."""
    root, path = mount(host), _path(host)
    name, limit = _limited(host, root, path)
    where = allocation_of(host.environ, path, host.uid, name)
    limits = [each for each in (limit, _slurm_memory(host.environ)) if each is not None]
    return where, min(limits, default=None)


def _slurm_memory(environ: Mapping[str, str]) -> int | None:
    """What Slurm has given, in bytes: it may be enforced by Slurm itself, and by no cgroup."""
    node = environ.get("SLURM_MEM_PER_NODE", "")
    each, cpus = environ.get("SLURM_MEM_PER_CPU", ""), environ.get("SLURM_CPUS_ON_NODE", "")
    if node.isdigit():
        return int(node) << 20
    return (int(each) * int(cpus)) << 20 if each.isdigit() and cpus.isdigit() else None


def _path(host: Host) -> str:
    for line in host.read("/proc/self/cgroup").splitlines():
        if line.startswith("0::"):
            return line[3:]
    return ""


def _limited(host: Host, root: str, path: str) -> tuple[str, int | None]:
    """The nearest cgroup upwards with a memory or CPU limit, and its memory.max in bytes."""
    while root and path not in ("", "/"):
        limit = host.read(f"{root}{path}/memory.max")
        quota = host.read(f"{root}{path}/cpu.max")
        if limit.isdigit() or quota[:1].isdigit():
            return os.path.basename(path), int(limit) if limit.isdigit() else None
        path = os.path.dirname(path)
    return "", None
