"""From a directory to the settings of its project: every source read, each value chosen.

Strongest first: ROCQSHIM_* variables, the project's file, the user's config.toml, the
chosen profile, the built-in default; and then the user's caps, which lower what exceeds them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rocqshim.folders import home
from rocqshim.settings.caps import capped_rules, capped_values
from rocqshim.settings.choice import chosen_profile
from rocqshim.settings.environment import misspelt, read_environment
from rocqshim.settings.keys import KEYS
from rocqshim.settings.layer import Layer, Place, Values, read_layer
from rocqshim.settings.locate import project_for, project_name, read_user, user_file
from rocqshim.settings.model import By, Machine, Origin, Seen, Setting, Settings
from rocqshim.settings.sources import stamp
from rocqshim.settings.warn import warnings_of

DEFAULT = Origin("default", by=By.DEFAULT)
_UNSET: tuple[tuple[str, Any, str], ...] = (
    ("memory-high", None, "infinity"),
    ("cpu-weight", None, ""),
    ("job-memory-max", None, "infinity"),
    ("job-time-max", None, "infinity"),
    ("retries", 3, "3"),
    ("compiler", None, ""),
    ("enforce", "prefer", "prefer"),
    ("backend", "auto", "auto"),
    ("timed", False, "false"),
    ("progress", False, "false"),
    ("log", None, ""),
    ("log-keep", 9, "9"),
    ("stderr-logs", None, ""),
)


def resolve(start: Path, environ: Mapping[str, str], machine: Machine) -> Settings:
    """The settings for a build in the directory ``start``, or for that of ROCQSHIM_PROJECT.

    Raises UserError, which names file:line (or the variable), what was found and what is
    allowed. With ROCQSHIM_ENFORCE=off no file is read, so that broken ones cannot be in the way.
    """
    if environ.get("ROCQSHIM_ENFORCE", "").strip() == "off":
        return _switched_off(start, environ, machine)
    project = project_for(start, environ)
    path = user_file(environ)
    place = Place(machine, project.root, home(environ), path or Place.user_file)
    seen = (*project.seen, Seen(path, stamp(path))) if path else project.seen
    user = read_layer(read_user(path, environ) if path else None, place, user=True)
    own = read_layer(project.source, place)
    values = read_environment(environ, place)
    settings = _settings(place, (user, own), values)
    settings = replace(settings, seen=seen, warnings=(*project.warnings, *misspelt(environ)))
    return warnings_of(settings, machine)


def is_current(settings: Settings) -> bool:
    """Whether the files still are as they were read; one stat() each."""
    return all(stamp(seen.path) == seen.stamp for seen in settings.seen)


def jobs_cap(settings: Settings) -> int | None:
    """How many compilers may run at once; None is no limit.

    A number that nobody chose, the default profile's, is advice for ``-j`` and holds nobody up.
    """
    if not settings.profile.origin.is_chosen and not settings.jobs.origin.is_chosen:
        cap = dict(settings.caps).get("jobs")
        return cap.value if cap else None
    return settings.jobs.value


def _settings(place: Place, layers: tuple[Layer, Layer], variables: Values) -> Settings:
    """``layers``: the user's and the project's."""
    user, own = layers
    explicit = {**user.values, **own.values, **variables}
    values = _defaults(place.root)
    profile = chosen_profile(explicit.get("profile", values["profile"]), layers, place)
    values = capped_values({**values, **profile, **explicit}, user.caps)
    return Settings(
        root=Path(place.root),
        project=project_name(place.root),
        **{key.field: values[key.name] for key in KEYS.values()},
        files=capped_rules((*user.files, *own.files), user.caps),
        user_memory_max=user.caps.get("memory-max", Setting(None, "infinity", DEFAULT)),
        warnings=(),
        seen=(),
        caps=tuple(user.caps.items()),
    )


def _defaults(root: str) -> Values:
    values: Values = {name: Setting(value, text, DEFAULT) for name, value, text in _UNSET}
    slice_name = f"rocq-{project_name(root)}.slice"
    values["slice"] = Setting(slice_name, slice_name, DEFAULT)
    values["profile"] = Setting("standard", "standard", DEFAULT)
    return values


def _switched_off(start: Path, environ: Mapping[str, str], machine: Machine) -> Settings:
    """The defaults, and the compiler that a variable names: it has to be found even now."""
    try:
        root = os.path.abspath(start)
    except OSError:  # the current folder has been deleted
        root = "/"
    place = Place(machine, root, home(environ))
    variables = {key: environ.get(key, "") for key in ("ROCQSHIM_ENFORCE", "ROCQSHIM_COMPILER")}
    found = read_environment(variables, place)
    return _settings(place, (Layer(), Layer()), found)
