"""The truth: the broker opens the slice of this project, and the limits are read back."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from rocqshim.cli.ask import DOCTOR, Answer, NoBroker, ask, start_broker
from rocqshim.doctor.causes import changed, of_reason, without_kernel
from rocqshim.doctor.cgroups import WATCHED
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.project import settings_here
from rocqshim.errors import UserError
from rocqshim.limits import (
    LIMIT_KEYS,
    Limits,
    Unenforced,
    asks_nothing,
    is_refused,
    limits_of,
    same_limit,
    summarise,
)
from rocqshim.settings.model import Settings
from rocqshim.settings.size import human_size

REQUIRE, WATCHDOG = "require", "watchdog"
PATIENCE = 45.0  # seconds: two units are started, each of them in at most 15
LOST = "no compiler of yours would be limited"
LOGS = "rocqshim logs (it says why); then: rocqshim stop --broker; rocqshim doctor"


def limits(host: Host) -> list[Check]:
    """Which backend holds the slice, and does the kernel have the limits that were asked for?"""
    settings = settings_here(host)
    if isinstance(settings, UserError) or settings.enforce.value == "off":
        return [Check("limits", SKIPPED, "there are no limits to set: see settings")]
    try:
        project = _opened()
    except UserError as error:
        mend = LOGS if error.hint == DOCTOR else error.hint
        return [Check("backend", FAILED, error.fact, _lost(settings), mend)]
    except NoBroker as why:
        mend = "rocqshim stop --broker, then: rocqshim doctor"
        return [
            Check("backend", FAILED, f"the broker does not answer: {why}", _lost(settings), mend)
        ]
    return [_backend(project, settings, host), _limits(project, settings, host)]


def _opened() -> Answer:
    """Have the slice open with its limits. A broker that was started for this leaves again."""
    started = start_broker()
    try:
        answer = ask("status", [("open", "1")], PATIENCE)
        if started and not answer["projects"][0]["jobs"]:
            with contextlib.suppress(NoBroker):
                ask("leave")
    except KeyError:
        raise NoBroker("its answer is not understood") from None
    project: Answer = answer["projects"][0]
    return project


def _backend(project: Answer, settings: Settings, host: Host) -> Check:
    name, asked = project["backend"], settings.backend.value
    if name is None:
        return Check("backend", FAILED, "none", _lost(settings), without_kernel(host, settings))
    found, now = f"{name}, {project['slice']}", WATCHED if name == WATCHDOG else ""
    if asked in ("auto", name) and name != WATCHDOG:
        return Check("backend", OK, found)
    if asked in ("auto", name):
        means = "limits are approximate: none is the kernel's"
        return Check("backend", DEGRADED, found, means, without_kernel(host, settings), now)
    means = f"{asked} is not available, which was asked for ({settings.backend.origin})"
    mend = f"{changed('backend', settings.backend, 'auto')}\n{without_kernel(host, settings)}"
    return Check("backend", DEGRADED, found, means, mend, now or name)


def _lost(settings: Settings) -> str:
    """What follows for a build where no slice is opened."""
    return _refused(settings) if settings.enforce.value == REQUIRE else LOST


def _refused(settings: Settings) -> str:
    return f"builds here are refused: enforce = {REQUIRE} ({settings.enforce.origin})"


def _limits(project: Answer, settings: Settings, host: Host) -> Check:
    have, asked = _have(project), limits_of(settings)
    missing = _missing(project, asked)
    found = _found(missing, asked, have, project["backend"] == WATCHDOG)
    if not missing:
        return Check("limits", OK, found)
    means, mends = _told(missing, settings, host)
    now = [f"{_name(entry.key)}: {entry.instead}" for entry in missing if entry.instead]
    is_failed = bool(is_refused(missing, settings))
    if is_failed and settings.enforce.value == REQUIRE:
        means += [_refused(settings)]
        mends += [changed("enforce", settings.enforce, "prefer")]
    status = FAILED if is_failed else DEGRADED
    return Check("limits", status, found, *map("\n".join, (means, mends, now)))


def _have(project: Answer) -> Limits:
    return Limits(**{key: project["limits"].get(key) for key in LIMIT_KEYS})


def _missing(project: Answer, asked: Limits) -> list[Unenforced]:
    """What the broker says is not enforced, and what it has read back as something else."""
    missing = [_unenforced(text) for text in project["unenforced"]]
    named = {entry.key for entry in missing}
    differing = _differing(asked, _have(project))
    return missing + [entry for entry in differing if entry.key not in named]


def _found(missing: list[Unenforced], asked: Limits, have: Limits, is_watched: bool) -> str:
    lost = [entry.key for entry in missing]
    keys = [key for key in LIMIT_KEYS if key not in lost and getattr(asked, key) is not None]
    held = _all_shown(have, keys)
    parts = [f"not enforced: {_all_shown(asked, lost)}"] if lost else []
    parts += [f"{'held' if is_watched else 'read back'}: {held}"] if held else []
    return "; ".join(parts) or "no limit is asked for"


def _told(missing: list[Unenforced], settings: Settings, host: Host) -> tuple[list[str], list[str]]:
    """What follows, and what mends it: a line for each reason."""
    reasons = dict.fromkeys(entry.reason for entry in missing)
    bare = [replace(entry, instead="") for entry in missing]
    means = [summarise([entry for entry in bare if entry.reason == why]) for why in reasons]
    return means, list(dict.fromkeys(of_reason(why, host, settings) for why in reasons))


def _unenforced(text: str) -> Unenforced:
    key, _, why = text.partition(" is not enforced: ")
    reason, _, instead = why.partition("; ")
    return Unenforced(key.replace("-", "_"), reason, instead)


def _differing(asked: Limits, have: Limits) -> list[Unenforced]:
    pairs = ((key, getattr(asked, key), getattr(have, key)) for key in LIMIT_KEYS)
    return [
        Unenforced(key, f"it is {found}")
        for key, want, found in pairs
        if want is not None and not same_limit(key, want, found)
        if found is not None or not asks_nothing(key, want)
    ]


def _all_shown(limits: Limits, keys: list[str]) -> str:
    return ", ".join(filter(None, (_shown(key, getattr(limits, key)) for key in keys)))


def _shown(key: str, value: int | None) -> str:
    if value is None:
        return ""
    text = human_size(value) if key.startswith("memory") else str(value)
    return f"{_name(key)} {text}%" if key == "cpu_quota" else f"{_name(key)} {text}"


def _name(key: str) -> str:
    return key.replace("_", "-")
