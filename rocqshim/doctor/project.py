"""The project in this folder: its settings and its include."""

from __future__ import annotations

from pathlib import Path

from rocqshim.doctor.causes import changed
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.errors import UserError
from rocqshim.makefile.include import DEFAULT_PATH, state
from rocqshim.regular import read_regular
from rocqshim.settings.machine import this_machine
from rocqshim.settings.model import Settings
from rocqshim.settings.resolve import resolve
from rocqshim.settings.size import human_size
from rocqshim.settings.unmatched import unmatched_rules
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
        return Check(
            "settings",
            FAILED,
            where,
            "nothing is limited",
            changed("enforce", found.enforce, "prefer"),
        )
    text = f"profile {found.profile.value}, memory-max {human_size(found.memory_max.value)}"
    text += f" ({found.memory_max.origin}) for {found.root}"
    if warnings := (*found.warnings, *unmatched_rules(found)):
        means = "\n".join(warnings)
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
        target, mend = to_add(found.root, found.root / makefiles[0], Path.cwd())
        return Check("include", DEGRADED, f"no include of it in {target}", means, mend)
    return Check("include", OK, f"{DEFAULT_PATH} is current")


def _no_include(makefiles: list[str]) -> Check:
    if not makefiles:
        return Check("include", SKIPPED, "no Makefile here")
    means = "only `rocqshim run -- make`, or COQC=rocq-exec, limits the compilers"
    return Check("include", DEGRADED, f"there is no {DEFAULT_PATH}", means, "rocqshim init")


def _state(path: Path) -> str:
    try:
        word = state(read_regular(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        return "not readable"
    return {"older": "from another version", "edited": "edited by hand"}.get(word, word)
