"""A project whose folder and files have names that are no UTF-8, through every command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .installed import Installed

NAME = os.fsdecode(b"B\xe9")
COQC = '#!/bin/sh\nfor file; do :; done\necho Coq!0000-------1 > "${file%.v}.vo"\n'
COMMANDS = [
    "report", "report --json", "report --trace T", "report --html T", "history", "history FILE",
    "history FILE --csv", "history list --json", "history export --trace", "status",
    "status --json", "logs", "logs FILE", "blame FILE", "doctor -- make",
    "doctor -- rocqshim run -- make", "doctor -- NAME", "doctor -- sh NAME", "shims",
    "shims NAME", "config", "config --json", "launcher coqc", "launcher coqc -o NAME",
    "launcher NAME", "init", "mk", "mk -o NAME", "jobs", "editors", "simulate NAME",
    "run -- NAME", "run --log NAME -- true", "run NAME", "NAME", "stop",
]  # fmt: skip


@pytest.fixture(scope="module")
def named() -> str:
    return os.fsdecode(b"p\xe9 x")


@pytest.fixture
def project(here: Installed, named: str) -> Iterator[Path]:
    """One that was built once."""
    here.program("coqc", COQC)
    folder = here.work / named
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.rocqshim]\nmemory-max = "4G"\n')
    (folder / f"{NAME}.v").write_text("Definition a := 1.\n")
    makefile = os.fsencode(f"all: {NAME}.vo\n%.vo: %.v\n\tcoqc -q $<\n")
    (folder / "Makefile").write_bytes(makefile)
    done = run(here, folder, "run", "--log", f"{NAME}.log", "--stderr-logs", NAME, "--", "make")
    assert done.returncode == 0 and b"1 job in" in done.stderr, done
    yield folder


def run(here: Installed, folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [str(here.bin / "rocqshim"), *words], cwd=folder, env=here.env, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_no_command_fails_for_a_name(here: Installed, project: Path, locale: str) -> None:
    here.env["LC_ALL"] = locale
    named = {"FILE": f"{NAME}.v", "NAME": NAME}
    for command in COMMANDS:
        words = [named.get(word, word) for word in command.split()]

        done = run(here, project, *words)

        assert b"unexpected error" not in done.stderr, (command, done.stderr)
        assert b"Traceback" not in done.stderr, (command, done.stderr)


def test_what_is_to_be_copied_can_be_pasted(here: Installed, project: Path) -> None:
    """The line for PATH, in a shell, is the folder itself."""
    out = run(here, project, "shims").stdout.decode()
    line = out.splitlines()[-1].strip()

    done = subprocess.run(
        ["bash", "-c", f"{line}; command -v coqc"], capture_output=True, check=True, env=here.env
    )

    assert os.fsdecode(done.stdout.strip()) == f"{project}/.rocqshim/bin/coqc"


def test_the_history_knows_it_by_its_name(here: Installed, project: Path) -> None:
    done = run(here, project, "history", f"{NAME}.v")

    assert done.returncode == 0 and b"Nothing" not in done.stdout, done
