"""The script ``rocq-exec`` as it is installed: found, linked, moved, without its interpreter."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rocqshim.shims.folder import renew

from .installed import SAID, SCRIPT, WORDS, assert_works
from .shim import Shim


def test_in_a_virtual_environment(warm: Shim, bin_folder: Path) -> None:
    assert_works(warm, bin_folder / "rocq-exec")


def test_it_starts_its_own_broker(shim: Shim, bin_folder: Path) -> None:
    assert_works(shim, bin_folder / "rocq-exec")

    command = Path(f"/proc/{shim.broker()}/cmdline").read_bytes().split(b"\0")
    assert command[0].startswith(os.fsencode(bin_folder))


def test_it_starts_with_neither_site_nor_pth_files(warm: Shim, bin_folder: Path) -> None:
    (packages,) = bin_folder.parent.glob("lib/python3*/site-packages")
    (packages / "loud.pth").write_text("import sys; sys.stderr.write('a .pth file was run')\n")

    assert_works(warm, bin_folder / "rocq-exec")
    (packages / "loud.pth").unlink()


def test_by_path(warm: Shim, bin_folder: Path) -> None:
    assert_works(warm, "rocq-exec", PATH=f"{bin_folder}:/usr/bin:/bin")


def test_by_a_relative_entry_of_path(warm: Shim, bin_folder: Path) -> None:
    """Also the broker must be found from there, which starts in another folder."""
    path = f"{os.path.relpath(bin_folder, warm.work)}:/usr/bin:/bin"
    script = 'cd "$1"; shift; exec rocq-exec "$@"'

    done = warm.bare("sh", "-c", script, "sh", str(warm.work), *WORDS, env={"PATH": path})

    assert (done.returncode, done.stdout, done.stderr) == (3, SAID, b"")


def test_by_a_relative_entry_starts_a_broker(shim: Shim, bin_folder: Path) -> None:
    path = f"{os.path.relpath(bin_folder, shim.work)}:/usr/bin:/bin"

    done = shim.bare("sh", "-c", 'exec rocq-exec "$@"', "sh", *WORDS, env={"PATH": path})

    assert (done.returncode, done.stdout, done.stderr) == (3, SAID, b"")
    assert shim.broker()


@pytest.mark.parametrize("links", [1, 2])
def test_through_links_as_of_pipx(warm: Shim, bin_folder: Path, links: int) -> None:
    target = bin_folder / "rocq-exec"
    for number in range(links):
        link = warm.folder / f"link {number}"
        link.symlink_to(target)
        target = link

    assert_works(warm, target)
    for number in range(links):
        (warm.folder / f"link {number}").unlink()


def test_read_by_a_shell(warm: Shim, bin_folder: Path) -> None:
    done = warm.bare("sh", "rocq-exec", *WORDS, cwd=bin_folder)

    assert (done.returncode, done.stdout, done.stderr) == (3, SAID, b"")


def test_no_variable_of_the_caller_is_touched(warm: Shim, bin_folder: Path) -> None:
    """A shell that sets an exported variable changes it for the program too."""
    names = set(re.findall(r"\b([a-z_]+)=", SCRIPT.read_text()))
    likely = {"self", "bin", "start", "version", "python", "pipe", "each", "path"}
    env = dict.fromkeys(likely, "the caller's")

    done = warm.bare(str(bin_folder / "rocq-exec"), "env", env=env)

    lines = done.stdout.decode().splitlines()
    assert {f"{name}=the caller's" for name in likely} <= set(lines)
    assert {name for name in names if not name.startswith("rq_")} <= {
        "pipe",
        "tool",
        "behind",
        "as",
    }  # -X
    assert not [line for line in lines if line.startswith("rq_")]


@pytest.mark.parametrize("ignored", [False, True])
def test_a_reader_that_goes_away(warm: Shim, bin_folder: Path, ignored: bool) -> None:
    """Some CI runners ignore SIGPIPE: a program gets EPIPE there, with and without us."""
    around = "trap '' PIPE; " if ignored else ""
    ends = []
    for command in ([], [str(bin_folder / "rocq-exec")]):
        readable, writable = os.pipe()
        os.close(readable)
        process = warm.popen(
            ["sh", "-c", f'{around}exec "$@"', "sh", *command, "cat", "/proc/self/stat"],
            stdout=writable,
        )
        os.close(writable)
        ends.append((process.communicate(timeout=60)[1], process.returncode))

    assert ends[0] == ends[1]
    assert ends[0][1] == (1 if ignored else -13)


CALLER = """
import os, signal, sys
for number in signal.SIGPIPE, signal.SIGXFSZ:
    signal.signal(number, signal.SIG_DFL)
names = lambda text: [signal.Signals[name] for name in text.split()]
for number in names(sys.argv[1]):
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_SETMASK, names(sys.argv[2]))
os.execvp(sys.argv[3], sys.argv[3:])
"""
SOME = ("", "SIGPIPE", "SIGPIPE SIGTERM", "SIGINT SIGUSR1")


@pytest.mark.parametrize("way", ["job", "probe"])
@pytest.mark.parametrize(("ignored", "blocked"), list(itertools.product(SOME, SOME)))
def test_signals_are_as_the_caller_left_them(
    warm: Shim, bin_folder: Path, ignored: str, blocked: str, way: str
) -> None:
    """Also pending ones: a SIGPIPE that is blocked was taken for an ignored one, and came later."""
    show = ["grep", "-E", "Sig(Blk|Ign|Pnd)|ShdPnd", "/proc/self/status"]
    caller = [sys.executable, "-c", CALLER, ignored, blocked]
    env = {"ROCQSHIM_ENFORCE": "off"} if way == "probe" else {}

    bare = warm.bare(*caller, *show)
    done = warm.bare(*caller, str(bin_folder / "rocq-exec"), *show, env=env)

    assert bare.stdout and (done.stdout, done.stderr) == (bare.stdout, bare.stderr)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck(tmp_path: Path) -> None:
    renew(tmp_path, {"coqc": "/bin/true"})
    words = ["shellcheck", str(SCRIPT), str(tmp_path / "coqc")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")
