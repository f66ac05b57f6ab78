"""The truth: the broker opens the slice of this project, and the limits are read back."""

from __future__ import annotations

import contextlib

from rocqshim.cli.ask import DOCTOR, Answer, NoBroker, ask, start_broker
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
)
from rocqshim.settings.model import Settings
from rocqshim.settings.size import human_size

PATIENCE = 45.0  # seconds: two units are started, each of them in at most 15
LOST = "no compiler of yours would be limited"


def limits(host: Host) -> list[Check]:
    """Which backend holds the slice, and does the kernel have the limits that were asked for?"""
    settings = settings_here(host)
    if isinstance(settings, UserError) or settings.enforce.value == "off":
        return [Check("limits", SKIPPED, "there are no limits to set: see settings")]
    try:
        project = _opened()
    except UserError as error:
        return [Check("backend", FAILED, error.fact, LOST, error.hint)]
    except NoBroker as why:
        mend = "rocqshim stop --broker, and try again"
        return [Check("backend", FAILED, f"the broker does not answer: {why}", LOST, mend)]
    return [_backend(project, settings), _limits(project, settings)]


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


def _backend(project: Answer, settings: Settings) -> Check:
    name, asked = project["backend"], settings.backend.value
    if name is None:
        return Check("backend", FAILED, "none", LOST, DOCTOR)
    found = f"{name}, {project['slice']}"
    if asked not in ("auto", name):
        means = f"{asked} was asked for ({settings.backend.origin}) and cannot be had"
        return Check("backend", DEGRADED, found, means, 'Set backend to "auto".')
    if name == "watchdog":
        means = "limits are approximate: sampled, and the youngest job killed above memory-max"
        return Check("backend", DEGRADED, found, means, "Mend systemd and cgroup v2, see above.")
    return Check("backend", OK, found)


def _limits(project: Answer, settings: Settings) -> Check:
    have = Limits(**{key: project["limits"].get(key) for key in LIMIT_KEYS})
    missing = [_unenforced(text) for text in project["unenforced"]]
    named = {entry.key for entry in missing}
    asked = limits_of(settings)
    missing += [each for each in _differing(asked, have) if each.key not in named]
    keys = [key for key in LIMIT_KEYS if key not in named and getattr(asked, key) is not None]
    shown = [_shown(key, getattr(have, key)) for key in keys]
    found = ", ".join(filter(None, shown)) or "none is enforced"
    if not missing:
        return Check("limits", OK, f"read back: {found}")
    status = FAILED if is_refused(missing, settings) else DEGRADED
    means = "\n".join(map(str, missing))
    return Check("limits", status, f"read back: {found}", means, "Mend what is named above.")


def _unenforced(text: str) -> Unenforced:
    key, _, reason = text.partition(" is not enforced: ")
    return Unenforced(key.replace("-", "_"), reason)


def _differing(asked: Limits, have: Limits) -> list[Unenforced]:
    pairs = ((key, getattr(asked, key), getattr(have, key)) for key in LIMIT_KEYS)
    return [
        Unenforced(key, f"it is {found}")
        for key, want, found in pairs
        if want is not None and not same_limit(key, want, found)
        if found is not None or not asks_nothing(key, want)
    ]


def _shown(key: str, value: int | None) -> str:
    if value is None:
        return ""
    name = key.replace("_", "-")
    text = human_size(value) if key.startswith("memory") else str(value)
    return f"{name} {text}%" if key == "cpu_quota" else f"{name} {text}"
