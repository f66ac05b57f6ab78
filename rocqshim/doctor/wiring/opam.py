"""opam: its switch stands before PATH and its builds are in a sandbox: neither tells of limits."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

from rocqshim import shell
from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.folders import home
from rocqshim.regular import read_regular

# In opam's config: a field and the lines that belong to it.
WRAPPED = re.compile(r"^wrap-build-commands:.*(?:\n[ \t].*)*", re.MULTILINE)
BY_RUN = (
    "rocqshim run reaches packages that take COQC or ROCQ, and their sandbox; those that call "
    "a compiler by its name alone are limited by wrap-build-commands (docs/opam.md)"
)


def check(command: Sequence[str], environ: Mapping[str, str], is_by_run: bool) -> list[Check]:
    """Is opam called by `rocqshim run`, or has it our wrapper before each build command?"""
    if command[1:2] == ["exec"]:
        return [_exec(command, is_by_run)]
    if is_wrapped(environ):
        return [Check("opam", OK, "wrap-build-commands has rocqshim before each build command")]
    if is_by_run:
        return [Check("opam", OK, BY_RUN)]
    text = "it puts its switch before PATH, and builds in a sandbox that no launcher leaves"
    means = "no compiler of its packages is limited"
    mend = f"rocqshim run -- {shell.join(command)}, or wrap-build-commands (docs/opam.md)"
    return [Check("opam", DEGRADED, text, means, mend)]


def _exec(command: Sequence[str], is_by_run: bool) -> Check:
    """`opam exec` builds no package; it runs a command in an environment that only it knows."""
    words = [word for word in command[2:] if word != "--"]
    asked = ["rocqshim", "doctor", "--", *(["rocqshim", "run", "--"] if is_by_run else []), *words]
    text = "opam exec runs it in the environment of a switch, which is not known here"
    mend = f"opam exec -- {shell.join(asked)}"
    return Check("opam", DEGRADED, text, "whether it is limited cannot be told", mend)


def is_wrapped(environ: Mapping[str, str]) -> bool:
    """Tell whether opam's own configuration calls rocqshim for each build command."""
    root = environ.get("OPAMROOT") or os.path.join(home(environ), ".opam")
    try:
        text = read_regular(os.path.join(root, "config")).decode("utf-8", "replace")
    except OSError:
        return False
    return any("rocqshim" in match[0] for match in WRAPPED.finditer(text))
