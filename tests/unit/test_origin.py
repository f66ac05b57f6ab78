"""Which build a call belongs to: trees of real processes, whose tools are scripts of that name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rocqshim.origin import ALONE, RUN, UNSEEN, Origin, fresh_name, origin_of, run_above, run_name

# Does what its words say, without becoming it: `make ninja leaf` are three processes.
TOOL = '#!/bin/sh\n"$@"\n:\n'
PYTHON = "import subprocess, sys; subprocess.run(sys.argv[1:], close_fds=False)\n"
RUNS = PYTHON.replace("1:", "2:")
MAKEFILE = "#!/usr/bin/make -f\nall:\n\t@leaf\n"
LEAF = "#!/bin/sh\necho $$\nread line <&3\n"  # until the test is over
NAMES = (
    "make remake dune opam ninja cmake parallel bear ninja-build make-4.4 dune.exe .opam-wrapped "
    "makeover make_server dpkg-buildpackage"
).split()

Start = Callable[..., list[int]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    python = f"#!{sys.executable}\n"
    (tmp_path / "__main__.py").write_text(RUNS)
    (tmp_path / "rocqshim").mkdir()
    (tmp_path / "rocqshim/__main__.py").write_text(RUNS)
    files = dict.fromkeys(NAMES, TOOL) | {
        "leaf": LEAF, "rules": MAKEFILE, "scons": PYTHON, "env-scons": PYTHON,
        "bin/rocqshim": python + RUNS, "waf": f"#!/usr/bin/env {sys.executable}\n{PYTHON}",
    }  # fmt: skip
    (tmp_path / "bin").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Run a script in a session of its own; gives the pids of its leaves, in their order."""
    begun: list[subprocess.Popen[str]] = []

    def begin(script: str, leaves: int = 1) -> list[int]:
        path = f"{folder}:{folder}/bin:{os.environ['PATH']}"
        shell = subprocess.Popen(
            ["/bin/bash", "-c", f"exec 3<&0\n{script}\nwait"], start_new_session=True, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder,
            env={"PATH": path, "PY": sys.executable},
        )  # fmt: skip
        begun.append(shell)
        assert shell.stdout
        return [int(shell.stdout.readline()) for _ in range(leaves)]

    yield begin
    for shell in begun:
        shell.communicate()


@pytest.mark.parametrize(
    ("script", "tool"),
    [
        ("make leaf", "make"),
        ("make bash -c 'make leaf; :'", "make"),
        ("opam bash -c 'make dune leaf; :'", "opam"),
        ("bear make leaf", "make"),
        ("time make leaf", "make"),
        ("nice timeout 60 make leaf", "make"),
        ("cmake ninja leaf", "cmake"),
        ("./rules", "make"),
        ("waf leaf", "waf"),
        ("$PY scons leaf", "scons"),
        ("$PY -IS scons leaf", "scons"),
        ("make-4.4 leaf", "make"),
        ("dune.exe leaf", "dune"),
        ("ninja-build leaf", "ninja"),
        (".opam-wrapped leaf", "opam"),
        ("env -i PATH=$PATH remake env -i PATH=$PATH leaf", "remake"),
        ("echo leaf | xargs env", "xargs"),
        ("parallel leaf", "parallel"),
        ("find leaf -exec env {} +", "find"),
        ("dpkg-buildpackage ./rules", "dpkg"),
        ("echo leaf | xargs make", "make"),
        ("leaf", ALONE),
        ("bash -c 'leaf; :'", ALONE),
        ("makeover leaf", ALONE),
        ("make_server leaf", ALONE),
        ("make setsid -w leaf", ALONE),  # a terminal or an editor that make has started
        ("make setsid -w dune leaf", "dune"),
        ("rocqshim run make leaf", RUN),
        ("rocqshim run env -i PATH=$PATH make leaf", RUN),
        ("rocqshim run setsid -w env -i PATH=$PATH make leaf", RUN),
        ("make rocqshim run leaf", RUN),
        ("$PY -m rocqshim run leaf", RUN),
        ("rocqshim report leaf", ALONE),
    ],
)
def test_the_outermost_tool(start: Start, script: str, tool: str) -> None:
    (leaf,) = start(script)

    found = origin_of(leaf)

    assert found.name.split("-")[0] == tool
    assert found == origin_of(leaf)
    assert not found.lasts
    assert bool(run_above(leaf)) == (tool == RUN)


@pytest.mark.parametrize(
    ("script", "builds"),
    [
        ("make leaf & make leaf &", 2),
        ("make bash -c 'make leaf & make leaf & wait'", 1),
        ("rocqshim run bash -c 'make leaf & make leaf & wait'", 1),
        ("rocqshim run make leaf & rocqshim run make leaf &", 2),
        ("rocqshim run rocqshim run bash -c 'env -i PATH=$PATH make leaf & make leaf & wait'", 1),
        ("leaf & leaf &", 2),
        ("xargs -P2 -n1 make <<< 'leaf leaf'", 2),
        ("xargs -P2 -n1 env <<< 'leaf leaf'", 1),
    ],
)
def test_two_calls(start: Start, script: str, builds: int) -> None:
    assert len({origin_of(leaf).name for leaf in start(script, 2)}) == builds


def test_one_make_after_the_other(start: Start, folder: Path) -> None:
    """Within one shell, and within a second: nothing but the process parts them."""
    (folder / "leaf").write_text("#!/bin/sh\necho $$\nread line\n")
    names = set()
    for script in ("make leaf", "make leaf"):
        (leaf,) = start(f"{script}; {script}")
        names.add(origin_of(leaf).name)
    assert len(names) == 2


@pytest.mark.parametrize("option", ["-w", "--watch", "--passive-watch-mode"])
def test_a_dune_that_watches_makes_many_builds(start: Start, folder: Path, option: str) -> None:
    (folder / "dune").write_text("#!/bin/sh\nleaf\n:\n")

    assert origin_of(*start(f"dune build {option}")).lasts
    assert not origin_of(*start("dune build")).lasts


def test_a_caller_that_cannot_be_seen() -> None:
    assert origin_of(0) == Origin(UNSEEN, lasts=True)
    assert origin_of(2**22 + 1) == Origin(UNSEEN, lasts=True)


def test_names_have_one_form() -> None:
    form = r"[a-z]+-[0-9a-f]{10}"
    for name in (origin_of(os.getpid()).name, run_name(), fresh_name("blame")):
        assert re.fullmatch(form, name)
    assert run_name() == run_name()
