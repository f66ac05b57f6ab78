"""A script in the place of a compiler, for build tools that take it from no variable (dune).

dune runs a rule again when the program that it calls has changed, and sees only the script. So the
script carries the identity of what stands behind it: the same text for the same compiler, another
one after an upgrade. The limits are not in it, as a change of them must rebuild nothing.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping

from rocqshim.errors import UserError

LAUNCHER = "rocq-exec"
HEAD = 400  # bytes in which a script of ours, or one that calls the launcher, says so
# Who is asked for --config, by the name that is wrapped.
ASK = {"rocq": ["c", "--config"], "coqc": ["--config"], "coqtop": ["--config"]}
# From 9.0 on `rocq` and `coqc` are small and start this one, beside the core library.
WORKER = "rocqworker"


def wrapper(name: str, real: str, launcher: str) -> str:
    """The script for ``name``. real, launcher: absolute paths. Raises UserError."""
    return (
        f"#!/bin/sh\n"
        f"# {name} within limits; written by: rocqshim wrapper {name}\n"
        f"# identity of the compiler: {identity(name, real)}\n"
        f'exec {shlex.quote(launcher)} {shlex.quote(real)} "$@"\n'
    )


def find_real(name: str, environ: Mapping[str, str]) -> str:
    """The absolute path of the real ``name`` in PATH, behind every wrapper. Raises UserError."""
    if "/" in name:
        return os.path.abspath(name)
    for folder in environ.get("PATH", os.defpath).split(":"):
        path = os.path.abspath(os.path.join(folder, name))
        if os.access(path, os.X_OK) and os.path.isfile(path) and not _is_wrapper(path):
            return path
    fact = f"There is no {name} in PATH that is not a wrapper itself."
    raise UserError(fact, "Install it, or name it: rocqshim wrapper NAME --real /path/to/compiler")


def identity(name: str, real: str) -> str:
    """A digest of the files that a call of ``real`` executes. Raises UserError."""
    digest = hashlib.sha256()
    for path in [real, *_workers(name, real)]:
        try:
            with open(path, "rb") as file:
                digest.update(hashlib.sha256(file.read()).digest())
        except OSError as error:
            fact = f"{path} cannot be read: {error.strerror}."
            raise UserError(fact, "Name another compiler: rocqshim wrapper NAME --real …") from None
    return digest.hexdigest()[:32]


def _workers(name: str, real: str) -> Iterator[str]:
    for line in _config(name, real).splitlines():
        key, _, value = line.partition("=")
        path = os.path.normpath(os.path.join(value, WORKER))
        if key == "COQCORELIB" and os.path.exists(path):
            yield path


def _config(name: str, real: str) -> str:
    if name not in ASK:
        return ""
    try:
        done = subprocess.run([real, *ASK[name]], capture_output=True, text=True, check=False)
    except OSError:
        return ""  # it says so itself as soon as it is called
    return done.stdout


def _is_wrapper(path: str) -> bool:
    if os.path.basename(os.path.realpath(path)) == LAUNCHER:
        return True
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False  # not to be read, only to be executed: no script
    return head.startswith(b"#!") and (LAUNCHER.encode() in head or b"rocqshim" in head)
