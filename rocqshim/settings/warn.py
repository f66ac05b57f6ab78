"""What is allowed, but hardly meant: one line each, beginning with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from rocqshim.settings.model import Machine, Origin, Setting, Settings
from rocqshim.settings.size import human_size

_SMALLEST = 512 * 1024**2  # measured: a compiler that loads the prelude needs about 0.5 GB
_PLAIN_PERCENT = re.compile(r"[0-9.]+\s*%")


def warnings_of(settings: Settings, machine: Machine) -> Settings:
    """The settings, with the warnings that they deserve added."""
    found = (
        *_quota(settings),
        *_memory(settings, machine),
        *_high(settings),
        *_jobs(settings),
    )
    return replace(settings, warnings=(*settings.warnings, *dict.fromkeys(found)))


def _quota(settings: Settings) -> Iterator[str]:
    for setting in (settings.cpu_quota, _cap(settings, "cpu-quota")):
        quota = setting.value if setting else None
        if setting and quota and quota < 100 and _PLAIN_PERCENT.fullmatch(setting.text):
            yield _line(setting, "cpu-quota", f"is {quota / 100:g} of ONE core") + (
                f'; for a share of all of them write "{setting.text} of cores"'
            )


def _memory(settings: Settings, machine: Machine) -> Iterator[str]:
    for setting in (settings.memory_max, _cap(settings, "memory-max")):
        if setting is None or setting.value is None:
            continue
        if setting.value > machine.memory:
            what = f"what {machine.memory_by} allows" if machine.memory_by else "this machine's RAM"
            size = human_size(machine.memory)
            yield _line(setting, "memory-max", f"is more than {what} ({size})")
        if setting.value < _SMALLEST:
            yield _line(setting, "memory-max", "is little: one compiler needs about 0.5G")


def _high(settings: Settings) -> Iterator[str]:
    """Kernel documentation, cgroup-v2: memory.high never invokes the OOM killer."""
    high, limit = settings.memory_high, settings.memory_max.value
    if high.value is None:
        return
    if limit is not None and high.value > limit:
        yield _line(high, "memory-high", f"has no effect above memory-max ({human_size(limit)})")
    elif settings.memory_swap_max.value == 0:
        yield _line(high, "memory-high", "can stall the build for ever where it must not swap") + (
            "; leave memory-high out, or allow some memory-swap-max"
        )


def _jobs(settings: Settings) -> Iterator[str]:
    limit = settings.memory_max.value
    if limit is None:
        return
    setting = settings.job_memory_max
    if setting.value is not None and setting.value > limit:
        yield _over(setting.origin, setting.text, settings)
    for rule in settings.files:
        if rule.job_memory_max is not None and rule.job_memory_max > limit:
            yield _over(
                dict(rule.given)["job-memory-max"], human_size(rule.job_memory_max), settings
            )


def _over(origin: Origin, text: str, settings: Settings) -> str:
    limit = settings.memory_max
    bound = f"memory-max ({human_size(limit.value)}, {limit.origin})"
    return f"{origin}: job-memory-max = {text} is more than {bound}, which all jobs share"


def _cap(settings: Settings, key: str) -> Setting[Any] | None:
    return dict(settings.caps).get(key)


def _line(setting: Setting[Any], key: str, problem: str) -> str:
    return f"{setting.origin}: {key} = {setting.text} {problem}"
