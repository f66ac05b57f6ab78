"""The package as a user gets it: a wheel of this checkout, installed into a new environment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .shim import ROOT, Shim

SCRIPT = ROOT / "rocqshim/launch/rocq-exec"
WORDS = ("sh", "-c", 'printf "[%s]" "$0" "$@"; exit 3', "a b", "", "*", "ü\n'\"")
SAID = "[a b][][*][ü\n'\"]".encode()
DEPENDENCIES = ("psutil", "tomli", "jeepney", "sh")


def build_wheel(folder: Path) -> Path:
    """Build the wheel, without the network; skips where its build backend is missing."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", *options, "-w", str(folder), str(ROOT)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"no wheel can be built here (pip and hatchling?): {done.stderr[-300:]}")
    (wheel,) = folder.glob("rocqshim-*.whl")
    return wheel


def environment(folder: Path, wheel: Path, python: str = sys.executable) -> Path:
    """Make a virtual environment with the wheel and its dependencies; gives its bin folder."""
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    install(wheel, "--python", str(folder / "bin/python"))
    (packages,) = folder.glob("lib/python3*/site-packages")
    link_dependencies(packages)
    return folder / "bin"


def install(wheel: Path, *options: str) -> None:
    """pip install, without the network and without dependencies."""
    before = [option for option in options[:2] if options[:1] == ("--python",)]
    after = options[len(before) :]
    subprocess.run(
        [sys.executable, "-m", "pip", *before, "install", "--quiet", "--no-deps", "--no-index",
         "--no-warn-script-location", *after, str(wheel)],
        check=True,
    )  # fmt: skip


def link_dependencies(packages: Path) -> None:
    """Let the packages that these tests run with be those of the new environment."""
    for name in DEPENDENCIES:
        module = __import__(name)
        found = Path(str(module.__file__))
        source = found.parent if found.name.startswith("__init__") else found
        (packages / source.name).symlink_to(source)
    for compiled in Path(str(__import__("tomli").__file__)).parent.parent.glob("*__mypyc*"):
        (packages / compiled.name).symlink_to(compiled)


def assert_works(shim: Shim, script: str | Path, **env: str) -> None:
    done = shim.bare(str(script), *WORDS, env=env)

    assert (done.returncode, done.stdout, done.stderr) == (3, SAID, b"")
    assert shim.broker()
