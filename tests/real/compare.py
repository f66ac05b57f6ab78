#!/usr/bin/env python3
"""Build developments bare and with limits, and compare every .vo file: compare.py FOLDER.

FOLDER has one folder for each of DEVELOPMENTS that is there, unpacked and unmodified. Each is built
four times at the same path (a .vo holds paths): bare, bare again, by `rocqshim run`, and with COQC
and ROCQ in the environment. Where two bare builds differ, the file is named and left out.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# The command of each, as its own instructions have it. flocq's own build needs autoconf, which also
# makes two of its files: the three parts without them are built, by coq_makefile.
DEVELOPMENTS = {
    "coq-ext-lib": "make -j2",
    "coq-menhirlib": "make -j2 -C coq-menhirlib",
    "flocq": "coq_makefile -o CoqMakefile -R src Flocq"
    " $(find src/Core src/Calc src/Prop -name '*.v') && make -j2 -f CoqMakefile",
    "coq-stdpp": "make -j2",
}
ENVIRONMENT = {"COQC": "rocq-exec coqc", "ROCQ": "rocq-exec rocq"}
Digests = dict[str, str]


def build(source: Path, folder: Path, words: list[str], env: dict[str, str]) -> tuple[Digests, str]:
    """Build a fresh copy; the digests of what it made, and the last line but one of stderr."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, symlinks=True)
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-2000:], done.stderr[-4000:], sep="\n", flush=True)
        sys.exit(f"{source.name}: {words} ended with status {done.returncode}")
    made = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.vo")
    }
    return made, "\n".join(done.stderr.splitlines()[-2:])


def compare(name: str, source: Path, folder: Path) -> bool:
    """Build in all ways and report; whether all is as in the bare build."""
    shell = ["sh", "-c", DEVELOPMENTS[name]]
    ways: dict[str, tuple[list[str], dict[str, str]]] = {
        "bare": (shell, {}),
        "bare again": (shell, {}),
        "rocqshim run": (["rocqshim", "run", "--", *shell], {}),
        "environment": (shell, ENVIRONMENT),
    }
    found: dict[str, Digests] = {}
    for way, (words, env) in ways.items():
        began = time.monotonic()
        found[way], last = build(source, folder, words, env)
        seconds = time.monotonic() - began
        print(f"{name}: {way}: {len(found[way])} .vo in {seconds:.0f} s", flush=True)
        if way == "rocqshim run":
            print(last, flush=True)
    return _report(name, found)


def _report(name: str, found: dict[str, Digests]) -> bool:
    bare = found["bare"]
    unstable = {file for file in bare if found["bare again"].get(file) != bare[file]}
    for file in sorted(unstable):
        print(f"{name}: {file} differs between two bare builds")
    wrong = [
        f"{name}: {way}: {file} is not as in the bare build"
        for way, made in found.items()
        for file in sorted(bare.keys() | made.keys())
        if file not in unstable and made.get(file) != bare.get(file)
    ]
    print("\n".join(wrong) or f"{name}: {len(bare) - len(unstable)} .vo the same, byte for byte")
    return not wrong and bool(bare)


def main(folder: Path) -> int:
    """Compare all; 1 if any differs, 2 if there is none."""
    present = {
        name: path for name in DEVELOPMENTS for path in sorted(folder.glob(f"{name}-[0-9]*/"))
    }
    if not present:
        print(f"{folder} has no development: tests/real/run.py gets them", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="rq-real") as work:
        results = [compare(name, path, Path(work) / name) for name, path in present.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
