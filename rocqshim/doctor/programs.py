"""The compiler and the launcher: found, which version, and how fast the launcher starts."""

from __future__ import annotations

import glob
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from rocqshim.cli.installed import rocq_exec
from rocqshim.doctor.check import DEGRADED, FAILED, OK, Check
from rocqshim.doctor.host import TIMEOUT, Host
from rocqshim.errors import UserError

TRIES = 5
ENOUGH = 1.0  # seconds for all tries together
SLOW = 0.060  # seconds; 6 to 15 ms are usual, 40 on a busy machine
MUCH = 8  # times a bare interpreter's start; 2 to 4 are usual, also on slow machines
NAMES = ("coqc", "rocq", "rocqchk", "coqchk")
COMPILERS = ("coqc", "rocq")
IN_SWITCH = "eval $(opam env), where the switch has one; else: opam install rocq-prover"
INSTALL = "sudo apt install coq, or another package that has coqc or rocq; then set PATH"
BARE = "nothing can be compiled from this shell"


def compiler(host: Host) -> Check:
    """Is there a compiler in PATH (or COQBIN), and which version?"""
    folder = host.environ.get("COQBIN", "")
    found = _found(host, folder, NAMES)
    if not any(os.path.basename(path) in COMPILERS for path in found):
        return _without(host, folder)
    version = _version(host, found[0])
    if not version:
        means = "it does not start: builds here fail"
        return Check("compiler", DEGRADED, " ".join(found), means, f"{found[0]} --print-version")
    return Check("compiler", OK, f"{' '.join(found)}, version {version}")


def _found(host: Host, folder: str, names: Sequence[str]) -> list[str]:
    places = [os.path.join(folder, name) for name in names]
    return [path for path in map(host.which, places) if path]


def _without(host: Host, folder: str) -> Check:
    """No compiler. A folder that COQBIN names is looked into alone, as coq_makefile does."""
    if not folder:
        mend = IN_SWITCH if host.which("opam") else INSTALL
        return Check("compiler", DEGRADED, "neither coqc nor rocq in PATH", BARE, mend)
    what = "has neither coqc nor rocq" if host.exists(folder) else "is not there"
    mend = "export COQBIN=FOLDER/, with the folder that has coqc or rocq"
    if elsewhere := _found(host, "", COMPILERS):
        mend = f"unset COQBIN   (PATH has {elsewhere[0]}), or {mend}"
    means = f"{BARE}: what takes COQBIN does not look into PATH"
    return Check("compiler", DEGRADED, f"COQBIN={folder} {what}", means, mend)


def _version(host: Host, path: str) -> str:
    # "8.16.1 4.14.1": the second is OCaml's.
    words = host.value(path, "--print-version").split()
    return words[0] if words else ""


def launcher(host: Host) -> Check:
    """Is rocq-exec there, is it ours, and does it start fast?"""
    try:
        path = rocq_exec()
    except UserError as error:
        return Check("rocq-exec", FAILED, error.fact, "no compiler can be limited", error.hint)
    seconds = start_time(path)
    if seconds is None:
        means = "every compiler call through it would fail"
        return Check("rocq-exec", FAILED, f"{path} does not start", means, f"{path} --help")
    found = f"{path}, {1000 * seconds:.0f} ms a call"
    in_path = host.which("rocq-exec")
    if not in_path or os.path.realpath(in_path) != os.path.realpath(path):
        return _not_in_path(path, in_path, found)
    if not is_direct(path):
        return _indirect(found)
    if seconds > max(SLOW, MUCH * _interpreter_time(["-S"])):
        mend = "Install it on a local disk: python3 -m venv ~/.rocqshim, and pip install there"
        return Check("rocq-exec", DEGRADED, found, "each compiler call takes that longer", mend)
    return Check("rocq-exec", OK, found)


def start_time(path: str) -> float | None:
    """How long it takes to start, in seconds; None if it fails."""
    try:
        return _best_of([path, "--help"])
    except (OSError, subprocess.SubprocessError):
        return None


def _interpreter_time(flags: list[str]) -> float:
    return _best_of([sys.executable, "-I", *flags, "-c", "pass"])


def _best_of(command: list[str]) -> float:
    """The shortest of some runs, in seconds. Not by sh, which takes longer than they do."""
    times: list[float] = []
    while len(times) < TRIES and sum(times) < ENOUGH:
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT)
        times.append(time.perf_counter() - began)
    return min(times)


def is_direct(path: str) -> bool:
    """Tell whether the script finds the package beside itself and starts `python -IS`."""
    folder = os.path.dirname(os.path.realpath(path))
    places = ("site-packages", "dist-packages")
    start = "rocqshim/launch/_start.py"
    return any(glob.glob(f"{folder}/../lib/python3*/{place}/{start}") for place in places)


def _not_in_path(path: str, in_path: str, found: str) -> Check:
    folder = os.path.dirname(path)
    if in_path:
        found += f"; but PATH has {in_path} first"
        means = "builds use the launcher, and the broker, of another installation"
    else:
        found += "; not in PATH"
        means = "only `rocqshim run` finds it; an include or COQC=rocq-exec does not"
    return Check("rocq-exec", DEGRADED, found, means, f'export PATH={folder}:"$PATH"')


def _indirect(found: str) -> Check:
    tax = 1000 * (_interpreter_time([]) - _interpreter_time(["-S"]))
    found += f", of which {tax:.0f} ms are the site module with its .pth files"
    means = "it goes the long way, by `rocqshim exec`: an editable or unusual installation"
    return Check("rocq-exec", DEGRADED, found, means, "pipx install rocqshim (not editable)")
