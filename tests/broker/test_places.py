"""Where the socket lies, and each way in which that can be wrong: one warning, and it builds."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from launcher.processes import listener
from launcher.shim import Shim

from .places import AS_NOBODY, JOB, NOBODY, assert_limited, assert_runs, end_broker_at, needs_root

# The runtime folder -------------------------------------------------------------------------


def test_a_path_too_long_for_a_socket(shim: Shim) -> None:
    deep = shim.folder / ("d" * 100)
    deep.mkdir(mode=0o700)

    assert_runs(shim, "path too long", XDG_RUNTIME_DIR=str(deep))


@pytest.mark.parametrize("mode", [0o770, 0o777, 0o1777])
def test_a_folder_that_others_can_write(shim: Shim, mode: int) -> None:
    private = shim.folder / "run/rocqshim"
    private.mkdir()
    private.chmod(mode)

    assert_runs(shim, "is not a folder that only you can write. Remove it (ls -ld ")


def test_a_link_in_place_of_our_folder(shim: Shim) -> None:
    (shim.folder / "elsewhere").mkdir(mode=0o700)
    (shim.folder / "run/rocqshim").symlink_to(shim.folder / "elsewhere")

    assert_runs(shim, "is not a folder that only you can write")


def test_a_file_in_place_of_our_folder(shim: Shim) -> None:
    (shim.folder / "run/rocqshim").touch()

    assert_runs(shim, "is not a folder that only you can write")


def test_a_runtime_folder_that_is_a_link(shim: Shim) -> None:
    """Some systems have /run/user linked; what counts is where it leads."""
    (shim.folder / "link").symlink_to(shim.folder / "run")

    assert_limited(shim, XDG_RUNTIME_DIR=f"{shim.folder}/link")


def is_in_use(private: Path) -> bool:
    """Whether a broker lives there. What killed ones have left is removed."""
    if any(listener(str(found)) for found in private.glob("*.sock")):
        return True
    shutil.rmtree(private, ignore_errors=True)
    return False


@pytest.mark.parametrize("value", [None, "", "relative", "/proc/nonexistent"])
def test_no_runtime_folder(shim: Shim, value: str | None) -> None:
    """Then it is a private folder in /tmp, the same for all, whatever TMPDIR says."""
    if Path(f"/run/user/{os.getuid()}").exists():
        pytest.skip("this user has a /run/user, which would be taken")
    private = Path(f"/tmp/rocqshim-{os.getuid()}")
    if is_in_use(private):
        pytest.skip(f"{private} is in use")
    before = shim.env["XDG_RUNTIME_DIR"]
    shim.env["XDG_RUNTIME_DIR"] = value  # type: ignore[assignment]

    done = shim.run(*JOB, env={"XDG_RUNTIME_DIR": value, "TMPDIR": str(shim.folder)})

    shim.env["XDG_RUNTIME_DIR"] = before
    (path,) = private.glob("*.sock")
    end_broker_at(path)
    assert (done.returncode, done.stderr) == (3, b"")
    assert not private.exists()


@needs_root
def test_a_runtime_folder_of_somebody_else(shim: Shim) -> None:
    """`sudo -E`: root's broker must not lie in the user's folder."""
    os.chown(shim.folder / "run", NOBODY, NOBODY)
    private = Path("/tmp/rocqshim-0")
    if is_in_use(private) or Path("/run/user/0").exists():
        pytest.skip("root has a place of its own, in use")

    assert_limited(shim)

    (path,) = private.glob("*.sock")
    end_broker_at(path)
    assert shim.left() == []


@needs_root
def test_the_manager_is_looked_for_where_the_launcher_looks(shim: Shim) -> None:
    """`su bob` without a dash: what XDG_RUNTIME_DIR says is still the one of who called it."""
    ask = "from rocqshim.backend.bus import private_socket; print(private_socket())"
    shim.folder.chmod(0o755)
    if shim.bare(*AS_NOBODY, sys.executable, "-c", "").returncode:
        pytest.skip("nobody may not run this interpreter")

    done = shim.bare(*AS_NOBODY, sys.executable, "-c", ask, cwd="/")

    assert done.stdout == f"/run/user/{NOBODY}/systemd/private\n".encode()
