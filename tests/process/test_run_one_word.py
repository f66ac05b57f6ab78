"""COQC below ``rocqshim run``: one word, whatever takes it for the path of a program."""

from __future__ import annotations

from pathlib import Path

import pytest

from .installed import Installed

SAYS = "#!/bin/sh\necho $0 $@ $ROCQSHIM_JOB\n"
PYTHON = "import os, subprocess; subprocess.run([os.environ['COQC'], 'a.v'], check=True)"
WAYS = {
    "shell": 'test -x "$COQC" && "$COQC" a.v',
    "python": f'python3 -c "{PYTHON}"',
    "xargs": 'echo a.v | xargs -n1 "$COQC"',
    "a folder": 'cd / && "$COQC" a.v',
    "unquoted": "$COQC a.v",
    "within rocq-exec": 'rocq-exec "$COQC" a.v',
    "nothing inherited": 'env -i HOME="$HOME" XDG_RUNTIME_DIR="$XDG_RUNTIME_DIR" "$COQC" a.v',
}


def launchers(here: Installed) -> Path:
    return Path(str(here.env["XDG_STATE_HOME"]), "rocqshim/rocq-exec")


@pytest.fixture
def given(here: Installed) -> Path:
    """A compiler that is in no PATH, beside the one in PATH."""
    here.program("coqc", SAYS)
    here.write("opt/coqc", SAYS).chmod(0o755)
    return here.work / "opt/coqc"


@pytest.mark.parametrize("way", [way for way in WAYS if way != "nothing inherited"])
def test_the_compiler_in_path(here: Installed, way: str) -> None:
    here.program("coqc", SAYS)

    done = here.run("run", "--", "sh", "-c", WAYS[way])

    assert done.stdout.startswith(f"{here.bin}/coqc a.v rocq-"), done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_the_one_that_the_caller_has_named(here: Installed, given: Path, way: str) -> None:
    done = here.run("run", "--", "sh", "-c", WAYS[way], env={"COQC": str(given)})

    assert done.stdout.startswith(f"{given} a.v rocq-"), done.stderr
    assert launchers(here).joinpath("by-name").exists()


@pytest.mark.parametrize("way", WAYS)
def test_a_program_of_the_callers_own(here: Installed, way: str) -> None:
    """`mycoqc` is no tool that rocqshim knows."""
    own = here.work / "opt/mycoqc"
    here.write("opt/mycoqc", SAYS).chmod(0o755)

    done = here.run("run", "--", "sh", "-c", WAYS[way], env={"COQC": str(own)})

    assert done.stdout.startswith(f"{own} a.v rocq-"), done.stderr


def test_what_the_build_puts_before_path_is_found(here: Installed, given: Path) -> None:
    """As `opam exec` does."""
    script = f'PATH={given.parent}:$PATH; "$COQC" a.v'

    assert here.run("run", "--", "sh", "-c", script).stdout.startswith(f"{given} a.v rocq-")


def test_a_rocq_without_the_old_names(here: Installed) -> None:
    here.program("rocq", SAYS)
    tools = ":".join(str(here.env["PATH"]).split(":")[:1])

    done = here.run(
        "run", "--", "/bin/sh", "-c", '"$COQC" a.v; "$COQC" --print-version; "$ROCQ" dep a.v',
        env={"PATH": tools},
    )  # fmt: skip

    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{here.bin}/rocq c a.v rocq-"), done.stderr
    assert lines[1:] == [f"{here.bin}/rocq c --print-version", f"{here.bin}/rocq dep a.v"]


def test_the_include_leaves_it_one_word(here: Installed, given: Path) -> None:
    here.run("mk")
    here.write("Makefile", "all: ; @echo $(COQC); '$(COQC)' a.v\ninclude mk/rocq-limits.mk\n")

    done = here.run("run", "--", "make", "-s", env={"COQC": str(given)})

    first, second = done.stdout.splitlines()
    assert first.startswith(f"{launchers(here)}/by-path-") and first.endswith("/coqc")
    assert second.startswith(f"{given} a.v rocq-")


def test_a_compiler_that_is_gone_takes_its_launcher_along(here: Installed, given: Path) -> None:
    here.run("run", "--", "true", env={"COQC": str(given)})
    assert list(launchers(here).glob("by-path-*"))
    given.unlink()

    here.run("run", "--", "true")

    assert not list(launchers(here).glob("by-path-*"))


def test_what_is_no_program_stays_as_it_is(here: Installed) -> None:
    script = 'echo "$COQC:$COQTOP"; test -e "$COQTOP" || echo none'
    env = {"COQC": "mine-is-not-there", "COQTOP": "nor-this"}

    done = here.run("run", "--", "sh", "-c", script, env=env)

    assert done.stdout == "mine-is-not-there:nor-this\nnone\n"


def test_where_the_state_cannot_be_written_it_is_two_words(here: Installed) -> None:
    here.program("coqc", SAYS)

    done = here.run("run", "--", "sh", "-c", "$COQC a.v", env={"ROCQSHIM_STATE": "/proc/none"})

    assert done.stdout.startswith(f"{here.bin}/coqc a.v rocq-"), done.stderr


def test_doctor_takes_it_for_a_launcher(here: Installed, given: Path) -> None:
    here.write("Makefile", "all:\n\t+$(COQC) -q a.v\n")

    done = here.run("doctor", "--", "rocqshim", "run", "--", "make", env={"COQC": str(given)})

    assert "1 compiler call, all through rocq-exec" in done.stdout
    assert "COQC = …/rocq-exec/by-path-" in done.stdout
    assert not launchers(here).exists()
