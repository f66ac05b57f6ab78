"""Installations in which ``rocq-exec`` has no interpreter beside it; and an ordinary user's."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from .installed import (
    SAID,
    SCRIPT,
    WORDS,
    assert_works,
    copy_dependencies,
    install,
    installed_for,
)
from .shim import Shim


def test_installed_below_a_prefix(warm: Shim, wheel: Path, tmp_path: Path) -> None:
    """As `pip install --user` does it: no interpreter in that bin, but pip wrote down which."""
    install(wheel, f"--prefix={tmp_path}/usr", "--ignore-installed")
    (script,) = tmp_path.glob("usr/**/bin/rocq-exec")
    (packages,) = tmp_path.glob("usr/**/rocqshim/launch")
    copy_dependencies(packages.parents[1])
    (script.parent / "rocqshim").rename(script.parent / "kept")

    done = warm.bare(str(script), *WORDS)
    assert (done.returncode, done.stdout) == (127, b"")

    (script.parent / "kept").rename(script.parent / "rocqshim")
    assert_works(warm, script)
    assert warm.run("true", env={"PATH": "/nonexistent"}).returncode == 127


def test_installed_by_an_interpreter_with_a_space(
    warm: Shim, wheel: Path, bin_folder: Path, tmp_path: Path
) -> None:
    """pip writes #!/bin/sh then, which is no interpreter of ours: so through `rocqshim exec`."""
    install(wheel, f"--prefix={tmp_path}/usr", "--ignore-installed")
    (script,) = tmp_path.glob("usr/**/bin/rocq-exec")
    text = f"#!/bin/sh\nexec '{bin_folder}/rocqshim' \"$@\"\n"
    (script.parent / "rocqshim").write_text(text)

    assert_works(warm, script)


def test_installed_for_another_version_too(warm: Shim, wheel: Path, tmp_path: Path) -> None:
    """Both lie in ~/.local/lib; what is for the other interpreter is passed over."""
    install(wheel, f"--prefix={tmp_path}/usr", "--ignore-installed")
    (script,) = tmp_path.glob("usr/**/bin/rocq-exec")
    (packages,) = tmp_path.glob("usr/**/rocqshim/launch")
    other = packages.parents[3] / "python3.0/site-packages/rocqshim/launch"
    other.mkdir(parents=True)
    (other / "_start.py").write_text("import sys; sys.exit('the wrong one')\n")
    first = (script.parent / "rocqshim").read_text()
    python = Path(sys.executable).resolve()
    text = f"#!{python.parent}/{packages.parts[-4]}\n" + first.partition("\n")[2]
    (script.parent / "rocqshim").write_text(text)

    assert_works(warm, script)


@pytest.mark.parametrize(
    ("given", "called"),
    [("coqc -q a.v", "coqc -q a.v"), ("-q a.v", "coqc -q a.v"), ("-- coqc a.v", "coqc a.v"),
     ("--print-version", "coqc --print-version")],
)  # fmt: skip
def test_where_it_cannot_find_itself(
    warm: Shim, bin_folder: Path, tmp_path: Path, given: str, called: str
) -> None:
    """An unusual layout: through `rocqshim exec`, whose interpreter the installer knew."""
    shutil.copy(SCRIPT, tmp_path / "rocq-exec")
    (tmp_path / "rocqshim").symlink_to(bin_folder / "rocqshim")
    warm.program("coqc", '#!/bin/sh\necho "${0##*/}" "$@"\n')
    (warm.work / "a.v").touch()

    done = warm.bare(str(tmp_path / "rocq-exec"), *given.split())

    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, called + "\n", b"")


def test_with_nothing_beside_it(warm: Shim, tmp_path: Path) -> None:
    shutil.copy(SCRIPT, tmp_path / "rocq-exec")

    done = warm.bare(str(tmp_path / "rocq-exec"), "true")

    assert done.returncode in (126, 127)
    assert b"rocqshim" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
def test_as_an_ordinary_user(shim: Shim, wheel: Path) -> None:
    """Without root's rights it works the same, and leaves nothing."""
    script = installed_for(65534, shim, wheel)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

    for _ in range(2):
        process = shim.popen([*as_nobody, str(script), *WORDS])
        assert process.communicate(timeout=60) == (SAID, b"")
        assert process.returncode == 3

    assert os.stat(f"/proc/{shim.broker()}").st_uid == 65534
