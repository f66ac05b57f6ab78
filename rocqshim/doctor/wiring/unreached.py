"""Calls that no variable and no PATH reaches: compilers by a path, and an include switched off."""

from __future__ import annotations

import os

from rocqshim import shell
from rocqshim.doctor.wiring.calls import Call
from rocqshim.doctor.wiring.make_output import Variable
from rocqshim.doctor.wiring.make_run import Pass

INCLUDE_NAME = "rocq-limits.mk"
COQBIN = ("$(COQBIN)", "${COQBIN}")


def variable(name: str, found: Pass) -> Variable | None:
    """Where the variable is set: by the make that calls the compiler, if several have it.

    The data base of a sub-make comes before that of the make above.
    """
    return next((base[name] for base in found.bases if name in base), None)


def includes(found: Pass) -> list[str]:
    """The includes of ours among the makefiles that were read."""
    lists = [base["MAKEFILE_LIST"].value for base in found.bases if "MAKEFILE_LIST" in base]
    names = {name for value in lists for name in value.split()}
    return sorted(name for name in names if name.endswith(INCLUDE_NAME))


def switched_off(found: Pass) -> tuple[str, str] | None:
    """What it means that an include is there and has no launcher to call, and the mend."""
    value = variable("ROCQ_EXEC", found)
    if not includes(found) or value is None or value.value.strip():
        return None
    place = f"{value.file}:{value.line}" if value.file else f"the {value.origin}"
    return f"ROCQ_EXEC= ({place}) switches the include off", "leave ROCQ_EXEC= out"


def explains(value: Variable, call: Call, found: Pass) -> bool:
    """Tell whether a recipe that uses the variable may have made this call."""
    folder, text = _coqbin(found), value.value
    for name in COQBIN:
        text = text.replace(name, folder)
    return "$" in text or call.program in text


def by_path(call: Call, found: Pass, make: str) -> tuple[str, str]:
    """What it means that a recipe has the path of a compiler in it, and the mend."""
    folder = _coqbin(found)
    if folder and os.path.dirname(call.program) == folder.rstrip("/"):
        means = f"recipes take the compiler from COQBIN={folder}, and do not look into PATH"
        run = "" if make.startswith("rocqshim run") else "rocqshim run -- "
        return means, f'PATH={shell.quote(folder.rstrip("/"))}:"$PATH" {run}{make} COQBIN='
    means = f"recipes name {call.program} by its path: no variable and no PATH changes that"
    return means, f"write rocq-exec {call.program} there, or {os.path.basename(call.program)}"


def _coqbin(found: Pass) -> str:
    value = variable("COQBIN", found)
    return value.value if value else ""
