"""Build the package's wheel, and collect the wheels that a guest's Python needs beside it."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from machine import PYTHON, BedError, cache

EXTRAS = ["hypothesis"]  # what the tests need beside the package's own requirements
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process at a time; the others wait."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, made aside and renamed when it is complete, unless it exists."""
    with locked(folder.name + ".lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=cache(), prefix=folder.name + "-new-") as aside:
                make(Path(aside) / "made")
                (Path(aside) / "made").rename(folder)
    return folder


def call(*words: str | Path, what: str, env: dict[str, str] | None = None) -> None:
    """Run a step on the host; its output is shown only when it fails."""
    done = subprocess.run(
        words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        raise BedError(f"{what} failed with status {done.returncode}", "its messages are above")


def builder() -> Path:
    """A Python with the package's build backend, made once."""
    home = cache() / "builder"
    python = home / "bin" / "python"
    with locked("builder.lock"):
        if not (home / "ready").exists():
            call(sys.executable, "-m", "venv", "--clear", home, what="making a build environment")
            call(python, "-m", "pip", "-q", "install", "hatchling>=1.18", what="getting hatchling")
            (home / "ready").touch()
    return python


def pip(*words: str | Path, what: str) -> None:
    """Run the builder's pip."""
    call(builder(), "-m", "pip", "-q", "--disable-pip-version-check", *words, what=what)


def install(repository: Path, folder: Path) -> None:
    """Build the wheel of the package in `repository` and unpack it into `folder`, in one step."""
    flags = ["--no-deps", "--no-build-isolation", "--no-compile", "--target", str(folder)]
    pip("install", *flags, repository, what="building the wheel")


def requirements(folder: Path) -> list[str]:
    """What the package unpacked there says it needs, without what only its extras need."""
    found = next(iter(distributions(name="rocqshim", path=[str(folder)])))
    return [word for word in found.requires or [] if "extra ==" not in word]


def target(suite: str) -> list[str]:
    """pip's options for a suite's Python, which is not the one that runs pip."""
    words = ["--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON[suite]}"]
    return words + [f"--platform={platform}" for platform in PLATFORMS]


def house(suite: str, package: Path) -> Path:
    """A folder of binary wheels for the suite's Python, downloaded once for each set of needs."""
    wanted = sorted([*requirements(package), *EXTRAS])
    digest = hashlib.sha256("\n".join([*target(suite), *wanted]).encode()).hexdigest()[:12]

    def download(folder: Path) -> None:
        pip("download", *target(suite), "-d", folder, *wanted, what=f"the wheels for {suite}")

    return once(cache() / f"wheels-{suite}-{digest}", download)
