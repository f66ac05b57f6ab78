"""Variables that name a program, a folder or seconds: is there what they name?

A wrong one fails far from where it was set: in a recipe, in the compiler, or not at all.
"""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterator

from rocqshim.doctor.check import DEGRADED, OK, Check
from rocqshim.doctor.host import Host

NAME = "variables"
PROGRAMS = ("COQC", "ROCQ", "COQCHK", "ROCQ_EXEC")
# A folder, and what a compiler looks for in it (coqc --config; boot/env.ml of Coq 8.16).
FOLDERS = {"COQLIB": "theories", "ROCQLIB": "theories", "COQCORELIB": "", "ROCQRUNTIMELIB": ""}
SECONDS = ("ROCQSHIM_START_TIMEOUT", "ROCQSHIM_BROKER_TIMEOUT", "ROCQSHIM_IDLE")
MEANS = {"ROCQ_EXEC": "mk/rocq-limits.mk finds no launcher, and compilers run without limits"}
SHELL = set("$`;|&()<>")  # what only a shell, or make, can read


def variables(host: Host) -> Check:
    """Do the variables of the environment name what is there?"""
    told = [*_programs(host), *_folders(host), *_seconds(host)]
    if not told:
        return Check(NAME, OK, "none names what is not there")
    found, means, mends = ([fault[at] for fault in told] for at in range(3))
    return Check(NAME, DEGRADED, "; ".join(found), "\n".join(means), "\n".join(mends))


def _programs(host: Host) -> Iterator[tuple[str, str, str]]:
    if host.environ.get("ROCQ_EXEC") == "":
        means = "mk/rocq-limits.mk is switched off, and compilers run without limits"
        yield "ROCQ_EXEC is empty", means, "unset ROCQ_EXEC"
    for name in PROGRAMS:
        for program in _named(host.environ.get(name, "")):
            if not host.which(program):
                means = MEANS.get(name, f"a makefile that takes {name} from here cannot start it")
                yield f"{name}: there is no program {program}", means, f"unset {name}"


def _named(value: str) -> list[str]:
    """The program, and behind a launcher its compiler; none where only a shell can tell."""
    try:
        words = [] if SHELL & set(value) else shlex.split(value)
    except ValueError:
        return []
    while words and "=" in words[0]:
        words = words[1:]
    is_launcher = bool(words) and os.path.basename(words[0]) == "rocq-exec"
    return [word for word in words[: 1 + is_launcher] if not word.startswith("-")]


def _folders(host: Host) -> Iterator[tuple[str, str, str]]:
    for name, within in FOLDERS.items():
        folder = host.environ.get(name, "")
        if folder and not host.exists(os.path.join(folder, within)):
            found = f"{name}={folder}: there is no {os.path.join(folder, within)}"
            yield (
                found,
                f"a compiler that reads {name} finds no library of its own",
                f"unset {name}",
            )


def _seconds(host: Host) -> Iterator[tuple[str, str, str]]:
    for name in SECONDS:
        value = host.environ.get(name, "")
        if value and not _is_number(value):
            means = "it has no effect: the usual time is taken"
            yield f"{name}={value} is no number of seconds", means, f"unset {name}"


def _is_number(value: str) -> bool:
    try:
        return not math.isnan(float(value))
    except ValueError:
        return False
