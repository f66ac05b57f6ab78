"""All that goes into a machine, as one tar stream: the work tree and the installed package.

The wheels are unpacked and byte-compiled here, by the guest's own Python run natively from its
tree: an emulated processor needs a minute for what takes a second here.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import wheels
from machine import PYTHON, REPOSITORY, cache

HOME = "home/dev/rocqshim"  # the copy of the work tree, under /
VENV = "opt/rocqshim"  # made by guest-setup.sh


def site(suite: str) -> str:
    """Where the guest's environment keeps its packages, under /."""
    return f"{VENV}/lib/python{PYTHON[suite]}/site-packages"


def compile_for(suite: str, folder: Path) -> None:
    """Byte-compile a folder of packages, with the file names that the guest will see."""
    root = (cache() / suite / "root").resolve()
    libraries = root / "usr/lib/x86_64-linux-gnu"
    python = root / f"usr/bin/python{PYTHON[suite]}"
    loader: list[str | Path] = [
        root / "usr/lib64/ld-linux-x86-64.so.2",
        "--library-path",
        libraries,
        python,
    ]
    words = ["-IS", "-m", "compileall", "-q", "-s", str(folder), "-p", f"/{site(suite)}"]
    home = {"PYTHONHOME": str(root / "usr")}  # -I hides it from sys.flags, not from start-up
    wheels.call(*loader, *words, folder, what=f"compiling for {suite}", env=home)


def unpack(suite: str, folder: Path, paths: Iterable[Path]) -> None:
    """Install wheels into a folder of their own: packages beside `bin`."""
    options = ["--no-index", "--no-deps", "--no-compile", "--target", str(folder)]
    wheels.pip("install", *wheels.target(suite), *options, *paths, what="unpacking wheels")
    compile_for(suite, folder)


def requirements(suite: str, package: Path) -> Path:
    """What the package and the tests import, unpacked once for each set of wheels."""
    house = wheels.house(suite, package)
    installed = cache() / house.name.replace("wheels-", "site-")
    return wheels.once(installed, lambda folder: unpack(suite, folder, house.glob("*.whl")))


def work_tree() -> list[str]:
    """Tracked and new files, as git sees them, and their folders; nothing ignored or deleted."""
    # safe.directory: with sudo, git would refuse a repository that belongs to somebody else.
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listing += ["--cached", "--others", "--exclude-standard"]
    words = subprocess.run(listing, cwd=REPOSITORY, stdout=subprocess.PIPE, check=True).stdout
    names = sorted({os.fsdecode(word) for word in words.split(b"\0") if word})
    present = [name for name in names if os.path.lexists(REPOSITORY / name)]
    folders = {str(folder) for name in present for folder in Path(name).parents}
    return sorted(folders - {"."}) + present


def add(archive: tarfile.TarFile, path: Path, name: str, user: int) -> None:
    """One file or folder, not what it contains; scripts get the guest's interpreter."""
    info = archive.gettarinfo(path, name)
    info.uid = info.gid = user
    info.uname = info.gname = ""
    if not info.isreg():
        archive.addfile(info)
        return
    data = path.read_bytes()
    ours = f"#!{wheels.builder()}".encode()
    if data.startswith(ours):
        data = f"#!/{VENV}/bin/python".encode() + data[len(ours) :]
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))


def add_packages(archive: tarfile.TarFile, suite: str, folder: Path) -> None:
    """A folder `unpack` has filled."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        where = VENV if inner.parts[0] in ("bin", "share") else site(suite)
        add(archive, path, f"{where}/{inner}", 0)


def write(stream: IO[bytes], suite: str, *, again: bool) -> None:
    """The stream; `again` leaves out what an earlier one has brought."""
    with tempfile.TemporaryDirectory() as work, tarfile.open(fileobj=stream, mode="w") as archive:
        package = Path(work) / "site"
        wheels.install(REPOSITORY, package)
        compile_for(suite, package)
        add_packages(archive, suite, package)
        if not again:
            add_packages(archive, suite, requirements(suite, package))
        for name in work_tree():
            add(archive, REPOSITORY / name, f"{HOME}/{name}", 1000)


def command(suite: str) -> str:
    """What reads the stream, there: no file of an earlier one may survive."""
    old = f"/{HOME} /{site(suite)}/rocqshim /{site(suite)}/rocqshim-*"
    own = f"install -d -o dev -g dev /{HOME}"
    check = "import rocqshim, sys; assert rocqshim.__file__.startswith(sys.prefix)"
    return (
        f"sudo sh -c 'rm -rf {old} && {own} && tar -xf - -C / --no-overwrite-dir --numeric-owner'"
        f" && /{VENV}/bin/python -P -c '{check}'"
    )
