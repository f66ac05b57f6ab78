"""The package as a user gets it: a wheel of this checkout, installed into a new environment."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .shim import ROOT, Shim

SCRIPT = ROOT / "rocqshim/launch/rocq-exec"
WORDS = ("sh", "-c", 'printf "[%s]" "$0" "$@"; exit 3', "a b", "", "*", "ü\n'\"")
SAID = "[a b][][*][ü\n'\"]".encode()
EVERYBODYS_PYTHON = "/usr/bin/python3"  # that of these tests may lie in a home of root's
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
    copy_dependencies(packages)
    return folder / "bin"


def installed_for(user: int, shim: Shim, wheel: Path) -> Path:
    """Give ``shim``'s world to ``user``, and in it the package; gives the launcher's path."""
    if not Path(EVERYBODYS_PYTHON).exists():
        pytest.skip(f"there is no {EVERYBODYS_PYTHON}, which every user may run")
    script = environment(shim.folder / "env", wheel, EVERYBODYS_PYTHON) / "rocq-exec"
    (shim.folder / "env").chmod(0o755)
    subprocess.run(["chown", "-R", f"{user}:{user}", str(shim.folder)], check=True)
    return script


def install(wheel: Path, *options: str) -> None:
    """pip install, without the network and without dependencies."""
    before = [option for option in options[:2] if options[:1] == ("--python",)]
    after = options[len(before) :]
    subprocess.run(
        [sys.executable, "-m", "pip", *before, "install", "--quiet", "--no-deps", "--no-index",
         "--no-warn-script-location", *after, str(wheel)],
        check=True,
    )  # fmt: skip


def copy_dependencies(packages: Path) -> None:
    """Have copies of the packages that these tests run with: another user may read them."""
    for name in DEPENDENCIES:
        module = __import__(name)
        found = Path(str(module.__file__))
        source = found.parent if found.name.startswith("__init__") else found
        if source.is_dir():
            shutil.copytree(source, packages / source.name)
        else:
            shutil.copy(source, packages)
    for compiled in Path(str(__import__("tomli").__file__)).parent.parent.glob("*__mypyc*"):
        shutil.copy(compiled, packages)


def assert_works(shim: Shim, script: str | Path, **env: str) -> None:
    done = shim.bare(str(script), *WORDS, env=env)

    assert (done.returncode, done.stdout, done.stderr) == (3, SAID, b"")
    assert shim.broker()
