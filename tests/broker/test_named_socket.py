"""ROCQSHIM_SOCKET: for builds that see no runtime folder, and the dangers of a shared one."""

from __future__ import annotations

import os
import socket

import pytest
from launcher.shim import Shim

from .places import AS_NOBODY, JOB, NOBODY, assert_limited, assert_runs, end_broker_at, needs_root


def test_a_named_socket(shim: Shim) -> None:
    path = shim.folder / "named"

    assert_limited(shim, ROCQSHIM_SOCKET=str(path))

    assert shim.left() == []
    assert oct(path.stat().st_mode & 0o777) == "0o700"
    end_broker_at(path)
    assert not path.exists()


def test_a_named_socket_in_no_folder(shim: Shim) -> None:
    assert_runs(shim, "No such file", ROCQSHIM_SOCKET=f"{shim.folder}/none/socket")


def test_a_file_of_the_user_is_not_removed(shim: Shim) -> None:
    path = shim.folder / "thesis.tex"
    path.write_text("years of work")

    assert_runs(shim, "it is there, and no socket", ROCQSHIM_SOCKET=str(path))

    assert path.read_text() == "years of work"


def test_what_lies_beside_it_is_the_users(shim: Shim) -> None:
    path = shim.folder / "rocqshim-proofs" / "b.sock"
    path.parent.mkdir()
    for name in ("unlimited-notes.v", "unlimited-1"):
        (path.parent / name).write_text("years of work")
    (path.parent / "unlimited-2").mkdir()
    (path.parent / "shared-notes.sock").write_text("years of work")
    os.utime(path.parent / "shared-notes.sock", (0, 0))

    assert_limited(shim, ROCQSHIM_SOCKET=str(path))
    end_broker_at(path)

    left = sorted(each.name for each in path.parent.iterdir())
    assert left == ["shared-notes.sock", "unlimited-1", "unlimited-2", "unlimited-notes.v"]


@needs_root
def test_a_socket_of_somebody_else_is_not_believed(shim: Shim) -> None:
    """In /tmp anybody can be first, and would be told where our pid is to be written."""
    path = shim.folder / "theirs"
    shim.folder.chmod(0o777)
    script = (
        f"import socket, time; s = socket.socket(socket.AF_UNIX); s.bind({str(path)!r}); "
        "import os; os.chmod(s.getsockname(), 0o777); s.listen(); print('ready', flush=True); "
        "time.sleep(60)"
    )
    other = shim.popen(
        ["setpriv", "--reuid=65534", "--clear-groups", "python3", "-S", "-c", script]
    )
    assert other.stdout
    assert other.stdout.readline() == b"ready\n"

    assert_runs(shim, "belongs to a process of user 65534", ROCQSHIM_SOCKET=str(path))

    other.kill()
    other.communicate()


@needs_root
def test_a_stale_socket_of_somebody_else(shim: Shim) -> None:
    """In a folder with the sticky bit it cannot be removed, and that is said."""
    shared = shim.folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(shared / "socket"))
    shim.folder.chmod(0o755)
    os.chown(shim.folder / "run", NOBODY, NOBODY)
    if not shim.bare(*AS_NOBODY, *shim.command("--help")).stdout:
        pytest.skip("nobody may not run this interpreter")
    command = [*AS_NOBODY, *shim.command(*JOB)]
    env = {"ROCQSHIM_SOCKET": f"{shared}/socket", "HOME": "/nonexistent"}

    done = shim.popen(command, env=env, cwd="/").communicate(timeout=60)

    assert done[0] == b"out\n"
    assert done[1].startswith(b"rocq-exec: no limits in this build: ")
    assert b"Traceback" not in done[1]
