"""No home, a read-only one, a full disk: a build needs none of them to be limited."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from launcher.processes import eventually, is_alive
from launcher.shim import Shim

JOB = ("sh", "-c", "echo out; exit 3")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to mount")


def assert_limited(shim: Shim, **env: str | None) -> None:
    done = shim.run(*JOB, env=env)
    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert is_of_history(done.stderr)
    assert shim.broker()


@pytest.mark.parametrize("home", [None, "", "MISSING", "relative", "/dev/null"])
def test_no_home(shim: Shim, home: str | None) -> None:
    missing = shim.folder / "missing"
    home = str(missing) if home == "MISSING" else home
    env = {"HOME": home, "XDG_STATE_HOME": None, "XDG_CONFIG_HOME": None}
    shim.settings((shim.folder / "config/rocqshim/config.toml").read_text())

    done = shim.run(*JOB, env=env)

    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert is_of_history(done.stderr)
    assert "unexpected" not in log(shim) and "Traceback" not in log(shim)
    assert not missing.exists()
    end_broker(shim)  # it cannot be found by XDG_STATE_HOME


def is_of_history(stderr: bytes) -> bool:
    """Nothing, or the one line that says why the history cannot be written."""
    return re.fullmatch(rb"(rocq-exec: The history \S+ (cannot|was) [^\n]+\n)?", stderr) is not None


def end_broker(shim: Shim) -> None:
    broker = shim.broker()
    os.kill(broker, 15)
    eventually(lambda: not is_alive(broker))


def test_the_state_is_a_file(shim: Shim) -> None:
    shutil.rmtree(shim.folder / "state")
    (shim.folder / "state").touch()

    assert_limited(shim)
    assert "unexpected" not in log(shim) and "Traceback" not in log(shim)


def test_a_state_that_is_mended_is_no_longer_told_of(shim: Shim) -> None:
    path = shim.folder / "state/rocqshim/history.sqlite3"
    path.mkdir(parents=True)
    first = shim.run("true", env={"ROCQSHIM_BUILD": "first"}).stderr
    path.rmdir()
    shim.run("true", env={"ROCQSHIM_BUILD": "first"})
    eventually(lambda: "is written again" in log(shim))

    later = shim.run("true", env={"ROCQSHIM_BUILD": "later"}).stderr

    assert first and is_of_history(first)
    assert later == b""
    assert log(shim).count("The history ") == 2
    eventually(lambda: len(shim.history()) == 3)


def test_a_history_that_is_none(shim: Shim) -> None:
    """Set aside, and a new one begun."""
    (shim.folder / "state/rocqshim").mkdir()
    path = shim.folder / "state/rocqshim/history.sqlite3"
    path.write_bytes(b"no database\n" * 1000)

    assert_limited(shim)

    assert len(eventually(shim.history)) == 1
    assert list(path.parent.glob("history.sqlite3.corrupt-*"))


def log(shim: Shim) -> str:
    path = shim.folder / "state/rocqshim/broker.log"
    return path.read_text() if path.exists() else ""


def test_the_state_is_removed_in_the_middle_of_a_build(shim: Shim) -> None:
    """It is made again with all of this build, and so is the log; of others nothing is kept."""
    shim.run("true", env={"ROCQSHIM_BUILD": "before"})
    shim.run("true", env={"ROCQSHIM_BUILD": "this"})
    eventually(lambda: len(shim.history()) == 2)
    shutil.rmtree(shim.folder / "state/rocqshim")

    shim.run("false", env={"ROCQSHIM_BUILD": "this"})
    eventually(lambda: len(shim.history()) == 2)
    os.kill(broker := shim.broker(), 15)
    eventually(lambda: not is_alive(broker))

    assert [job["build"] for job in shim.history()] == ["this", "this"]
    assert "ended: " in log(shim)


# In a mount namespace of its own ------------------------------------------------------------


def mounted(shim: Shim, mount: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run a call below `unshare --mount` after the shell commands ``mount``; the broker is there
    too, so that a second call in the same shell finds it."""
    script = f'set -e; {mount}; set +e; "$@"; echo "status=$?"; "$@"; echo "status=$?"'
    done = shim.bare("unshare", "--mount", "sh", "-c", script, "sh", *shim.command(*words))
    if b"unshare failed" in done.stderr or b"mount:" in done.stderr:
        pytest.skip(f"mounting is not allowed here: {done.stderr[-200:]!r}")
    return done


def assert_runs(done: subprocess.CompletedProcess[bytes], limited: bool) -> None:
    assert done.stdout == b"out\nstatus=3\n" * 2
    assert b"Traceback" not in done.stderr
    if limited:
        assert is_of_history(done.stderr)
    else:
        assert done.stderr.count(b"\n") <= 2
        assert done.stderr.startswith(b"rocq-exec: no limits in this build: ")


@needs_root
def test_a_read_only_home_and_state(shim: Shim) -> None:
    read_only = "".join(
        f"mount --bind {path} {path}; mount -o remount,bind,ro {path};"
        for path in (shim.folder / "home", shim.folder / "state")
    )

    assert_runs(mounted(shim, read_only.rstrip(";"), *JOB), limited=True)
    assert shim.history() == []


@needs_root
def test_a_read_only_runtime_folder(shim: Shim) -> None:
    path = shim.folder / "run"

    done = mounted(shim, f"mount --bind {path} {path}; mount -o remount,bind,ro {path}", *JOB)

    # access(2) tells root of a read-only file system too: so it is the folder in /tmp.
    assert done.stdout == b"out\nstatus=3\n" * 2
    assert b"Traceback" not in done.stderr
    for pid in shim.processes():
        os.kill(pid, 15)
    eventually(lambda: shim.processes() == [])


FULL = "mount -t tmpfs -o size=16k none {path}; cat /dev/zero > {path}/full 2>/dev/null || true"


@needs_root
@pytest.mark.parametrize("name", ["state", "home"])
def test_a_full_disk(shim: Shim, name: str) -> None:
    assert_runs(mounted(shim, FULL.format(path=shim.folder / name), *JOB), limited=True)


@needs_root
@pytest.mark.parametrize("inodes", [False, True])
def test_a_full_runtime_folder(shim: Shim, inodes: bool) -> None:
    """No room for a byte, and no room for a name."""
    path = shim.folder / "run"
    full = FULL.format(path=path)
    if inodes:
        full = f"mount -t tmpfs -o nr_inodes=1,mode=700 none {path}"

    done = mounted(shim, f"{full}; chmod 700 {path}", *JOB)

    assert_runs(done, limited=not inodes)
    for pid in shim.processes():  # its socket cannot be seen from outside
        os.kill(pid, 15)
    eventually(lambda: shim.processes() == [])
