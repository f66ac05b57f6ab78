#!/usr/bin/env python3
"""Developments of others, with and without limits: run.py [NAME…] [--suite forky].

Gets them from Debian's source packages, once, into the cache of the machines (tests/vm); none of
it is in this repository. Without --suite: with the compiler of this machine, which should be
Debian's. With it: in the tree of that suite (tests/vm/tree.py). What a suite's mirror lacks is
taken from Debian testing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "vm"))

import suite as machine_suite  # noqa: E402
from compare import DEVELOPMENTS, main  # noqa: E402
from machine import BedError, cache, raise_on_signals  # noqa: E402
from tree import Tree  # noqa: E402

TESTING = "forky"
OWN = "/etc/apt/sources.list.d/debian.sources"


def own_suite() -> str:
    """The suite of this machine."""
    for line in Path("/etc/os-release").read_text().splitlines():
        if line.startswith("VERSION_CODENAME="):
            return line.partition("=")[2].strip('"')
    raise BedError("this is no Debian", "name a suite: tests/real/run.py --suite forky")


def mirror() -> str:
    """The mirror that this machine itself uses."""
    for line in Path(OWN).read_text().splitlines():
        if line.startswith("URIs:"):
            return line.split()[1]
    raise BedError(f"{OWN} names no mirror", "run it on Debian 12 or later")


class Sources:
    """apt with folders of its own: nothing of this machine's is read or changed but the key."""

    def __init__(self, suite: str) -> None:
        self.folder = cache() / "real" / suite
        for name in ("apt/state/lists/partial", "apt/cache/archives/partial", "src"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        key = "/usr/share/keyrings/debian-archive-keyring.gpg"
        listed = self.folder / "apt/sources.list"
        listed.write_text(f"deb-src [signed-by={key}] {mirror()} {suite} main\n")

    def apt(self, *words: str) -> bool:
        """Run apt-get; whether it succeeded."""
        options = {
            "Dir::Etc::sourcelist": f"{self.folder}/apt/sources.list",
            "Dir::Etc::sourceparts": "-",
            "Dir::State": f"{self.folder}/apt/state",
            "Dir::Cache": f"{self.folder}/apt/cache",
            "Acquire::Check-Valid-Until": "false",
            "APT::Sandbox::User": "root",
        }
        flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        command = ["apt-get", "-qq", *flags, *words]
        return not subprocess.run(command, cwd=self.folder / "src", check=False).returncode

    def get(self, names: list[str]) -> Path:
        """Those of ``names`` that are not there yet; the folder of all."""
        sources = self.folder / "src"
        wanted = [name for name in names if not list(sources.glob(f"{name}-[0-9]*/"))]
        if wanted and not self.apt("update"):
            raise BedError("apt-get update failed", "its own message is above")
        for name in wanted:
            if not self.apt("source", "--only-source", name) and self.folder.name != TESTING:
                print(f"== {name}: of {TESTING}, as the mirror has none of this suite", flush=True)
                [found] = Sources(TESTING).get([name]).glob(f"{name}-[0-9]*/")
                shutil.copytree(found, sources / found.name, symlinks=True)
        return sources


def in_tree(suite: str, sources: Path, names: list[str]) -> int:
    """Compare in the tree of a suite."""
    with Tree(suite) as tree, tempfile.TemporaryFile() as stream:
        machine_suite.bring(tree, again=False)
        found = [path.name for name in names for path in sources.glob(f"{name}-[0-9]*/")]
        subprocess.run(["tar", "-cf", "-", "-C", sources, *found], stdout=stream, check=True)
        stream.seek(0)
        tree.check("mkdir real && tar -xf - -C real", "carrying them in", stdin=stream)
        return tree.run("python3 rocqshim/tests/real/compare.py real", timeout=7200)


def here(sources: Path, names: list[str]) -> int:
    """Compare on this machine, with the rocqshim beside this Python."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as chosen:
        for name in names:
            for path in sources.glob(f"{name}-[0-9]*/"):
                shutil.copytree(path, Path(chosen) / path.name, symlinks=True)
        return main(Path(chosen))


def run() -> int:
    """Get the sources, and compare."""
    parser = argparse.ArgumentParser(prog="tests/real/run.py", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DEVELOPMENTS))
    parser.add_argument("--suite", help="Debian suite of the tree to build in (default: here)")
    options = parser.parse_args()
    names = options.names or list(DEVELOPMENTS)
    raise_on_signals()
    try:
        sources = Sources(options.suite or own_suite()).get(names)
        return in_tree(options.suite, sources, names) if options.suite else here(sources, names)
    except BedError as error:
        print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(run())
