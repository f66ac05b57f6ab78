"""Without a broker: `enforce` decides, from wherever it is set; and what else can be missing."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from .behaviours import GO, closing, frame
from .fake_broker import FakeBroker
from .shim import Shim

JOB = ("sh", "-c", "echo out; exit 3")
NO_BROKER = {"ROCQSHIM_SOCKET": "/proc/nonexistent"}


@pytest.fixture
def alone(shim: Shim) -> Shim:
    """No broker can be had."""
    shim.env["ROCQSHIM_SOCKET"] = "/proc/nonexistent/socket"
    return shim


def test_it_warns_once_for_a_build(alone: Shim) -> None:
    first, second = alone.run(*JOB), alone.run(*JOB)

    assert (first.returncode, first.stdout) == (3, b"out\n")
    assert first.stderr.count(b"\n") == 1
    assert (second.returncode, second.stdout, second.stderr) == (3, b"out\n", b"")


def test_another_build_is_told_too(alone: Shim) -> None:
    """Builds of another terminal: each has a session of its own."""
    ends = [alone.run(*JOB, start_new_session=True).stderr.count(b"\n") for _ in range(2)]

    assert ends == [1, 1]


def test_require_in_the_project(alone: Shim) -> None:
    alone.settings('enforce = "require"\n')

    done = alone.run(*JOB, cwd=alone.work)

    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(b'rocq-exec: refused, enforce = "require" and ')


def test_require_in_the_users_file(alone: Shim) -> None:
    config = alone.folder / "config/rocqshim/config.toml"
    config.write_text('enforce = "require"\n' + config.read_text())

    assert alone.run(*JOB).returncode == 125
    assert alone.run(*JOB, env={"ROCQSHIM_ENFORCE": "prefer"}).returncode == 3


def test_off_in_the_project(alone: Shim) -> None:
    alone.settings('enforce = "off"\n')

    assert alone.run(*JOB).returncode == 3


@pytest.mark.parametrize("text", ['enforce = "mabye"\n', 'enforce = "require\n'])
def test_broken_settings_are_a_refusal_here_too(alone: Shim, text: str) -> None:
    path = alone.settings(text)

    done = alone.run(*JOB)

    assert (done.returncode, done.stdout) == (125, b"")
    assert done.stderr.startswith(f"rocq-exec: {path}:2: ".encode())
    assert b"Traceback" not in done.stderr


def test_a_misspelt_variable_is_a_refusal(alone: Shim) -> None:
    done = alone.run(*JOB, env={"ROCQSHIM_ENFORCE": "requier"})

    assert (done.returncode, done.stdout) == (125, b"")
    assert b"ROCQSHIM_ENFORCE" in done.stderr


def test_in_a_folder_that_was_deleted(alone: Shim) -> None:
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"'
    process = alone.popen(["sh", "-c", script, "sh", *alone.command(*JOB)])
    out, err = process.communicate(timeout=60)

    assert (process.returncode, out) == (3, b"out\n")
    assert b"Traceback" not in err


@pytest.mark.parametrize("name", ["ROCQSHIM_BROKER_TIMEOUT", "ROCQSHIM_START_TIMEOUT",
                                  "ROCQSHIM_IDLE"])  # fmt: skip
def test_a_time_that_is_none(shim: Shim, name: str) -> None:
    done = shim.run(*JOB, env={name: "soon"})

    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"")


@pytest.fixture
def full(shim: Shim) -> Iterator[Path]:
    """A socket at which nobody is accepted any more."""
    path = shim.folder / "full"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(0)
        clients = []
        while True:
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            clients.append(client)
            try:
                client.connect(str(path))
            except BlockingIOError:
                break
        yield path
        for client in clients:
            client.close()


def test_a_broker_too_busy_to_accept(shim: Shim, full: Path) -> None:
    """That is not "nobody listens": a second broker would take its socket away."""
    inode = full.stat().st_ino
    env = {"ROCQSHIM_SOCKET": str(full), "ROCQSHIM_BROKER_TIMEOUT": "0.5"}

    done = shim.run(*JOB, env=env)

    assert (done.returncode, done.stdout) == (3, b"out\n")
    assert done.stderr.startswith(b"rocq-exec: no limits in this build: the broker is too busy")
    assert full.stat().st_ino == inode
    assert not list(shim.folder.glob("full.*"))


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be somebody else")
def test_no_process_can_be_started(shim: Shim) -> None:
    """ulimit -u or TasksMax is reached: in place of a child, the launcher becomes the program."""
    python = Path("/usr/bin/python3")
    if not python.exists():
        pytest.skip(f"there is no {python}, which every user may run")
    path = shim.folder / "fake.sock"
    broker = FakeBroker(path, closing(GO, frame(b"placed"), frames=3))
    path.chmod(0o777)
    shim.folder.chmod(0o755)
    limited = ["setpriv", "--reuid=65534", "--clear-groups", "prlimit", "--nproc=1"]
    command = [*limited, str(python), *shim.command("echo", "out")[1:]]

    process = shim.popen(command, env={"ROCQSHIM_SOCKET": str(path)}, cwd="/")
    out, err = process.communicate(timeout=60)
    broker.close()

    assert (process.returncode, out) == (0, b"out\n")
    assert b"no process can be started (Resource temporarily unavailable)" in err
    for left in Path("/tmp/rocqshim-65534").glob("unlimited-*"):
        left.unlink()
        left.parent.rmdir()
