"""What is the same for each file is said once for a build, also where no broker counts builds."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .shim import Shim

FILES = 6
NO_BROKER = {"ROCQSHIM_SOCKET": "/proc/nonexistent/socket"}


def make(shim: Shim, **variables: str) -> list[str]:
    """What `make -k -j4` over some files writes to stderr in our name."""
    call = " ".join(map(str, shim.command("sh", "-c", "true")))
    targets = " ".join(f"f{number}" for number in range(FILES))
    text = f"all: {targets}\n{targets}: ; @{call} $@.v\nagain: ; @$(MAKE) -k all\n"
    (shim.work / "Makefile").write_text(text)
    done = shim.popen(["make", "-k", "-j4", "again"], env=variables, start_new_session=True)
    lines = done.communicate(timeout=120)[1].decode().splitlines()
    return [line for line in lines if line.startswith("rocq-exec: ")]


@pytest.mark.parametrize(
    ("settings", "variables", "says"),
    [
        ("memory-max = 'much'", {}, "is not a size"),
        ("memory-max = 'much'\nenforce = 'require'", NO_BROKER, "is not a size"),
        ("enforce = 'require'\nmemory-max = '3G'", {}, "refused by enforce"),
        ("enforce = 'require'", NO_BROKER, "refused, enforce"),
        ("", NO_BROKER, "no limits in this build"),
    ],
)
def test_once_for_each_make(
    shim: Shim, settings: str, variables: dict[str, str], says: str
) -> None:
    shim.settings(settings)

    for _ in range(2):
        (line,) = make(shim, **variables)
        assert says in line


def test_a_call_by_hand_is_always_told_why_it_is_refused(shim: Shim) -> None:
    shim.settings("memory-max = 'much'")

    for _ in range(2):
        done = shim.run("true", start_new_session=True)  # below no make, which may run the tests
        assert (done.returncode, done.stderr.count(b"is not a size")) == (125, 1)


def test_within_rocqshim_run_the_build_is_all_of_it(shim: Shim) -> None:
    shim.settings("memory-max = 'much'")
    said = [
        shim.run("true", env={"ROCQSHIM_BUILD": "run-12ab"}).stderr.count(b"\n") for _ in range(3)
    ]

    assert said == [2, 0, 0]


def test_two_makes_within_one_run_are_one_build(shim: Shim) -> None:
    shim.settings("memory-max = 'much'")
    lines = [line for _ in range(2) for line in make(shim, ROCQSHIM_BUILD="run-34cd")]

    assert len(lines) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
def test_a_strangers_folder(shim: Shim) -> None:
    """Nothing can be remembered in it, and he who is told cannot remove it."""
    private = shim.folder / "run/rocqshim"
    private.mkdir(mode=0o700)
    os.chown(private, 65534, 65534)

    (line,) = make(shim)

    assert "belongs to user 65534. Take another folder: export XDG_RUNTIME_DIR=" in line
    assert list((shim.folder / "state/rocqshim").glob("unlimited-*"))


def test_markers_of_long_ago_go(shim: Shim) -> None:
    shim.settings("memory-max = 'much'")
    shim.run("true")
    folder = shim.folder / "run/rocqshim"
    old, own = folder / "unlimited-1.2-0", folder / "unlimited-notes"
    for path in (old, own):
        path.touch()
        os.utime(path, (0, 0))

    assert len(make(shim)) == 1
    assert own.exists() and not old.exists()


def test_launchers_whose_package_is_gone(shim: Shim, tmp_path: Path) -> None:
    """The build goes on without limits, and is told so once."""
    from rocqshim.shims.folder import launcher

    shim.program("coqc", "#!/bin/sh\nexit 0\n")
    before = tmp_path / "before"
    before.mkdir()
    text = launcher("coqc", str(shim.folder / "bin/coqc")).replace(b"_start.py'", b"_gone.py'")
    text = text.replace(b"_start.py\n", b"_gone.py\n")
    (before / "coqc").write_bytes(text)
    (before / "coqc").chmod(0o755)
    (shim.work / "Makefile").write_text("all: a b c\na b c: ; @coqc $@.v\n")
    path = f"{before}:{shim.env['PATH']}"
    assert shutil.which("coqc", path=path) == str(before / "coqc")
    for _ in range(2):
        done = shim.popen(["make", "-j3"], env={"PATH": path}, start_new_session=True)
        err = done.communicate(timeout=60)[1]
        assert (done.returncode, err.count(b"is not there any more")) == (0, 1)
