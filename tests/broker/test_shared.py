"""The second socket, below /tmp, for launchers that see no runtime folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rocqshim.cli.ask import NoBroker, ask
from rocqshim.launch import place
from rocqshim.run.shared import SharedSocket

PRIVATE = Path(f"/tmp/rocqshim-{os.getuid()}")


@pytest.fixture
def world(shim_env: dict[str, str]) -> None:
    """A broker of this test alone, ended by the fixture."""


def test_it_is_a_socket_in_a_private_folder(world: None) -> None:
    shared = Path(SharedSocket().path)

    assert shared.parent == PRIVATE
    assert stat.S_ISSOCK(shared.stat().st_mode)
    assert stat.S_IMODE(shared.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(PRIVATE.stat().st_mode) == 0o700


def test_two_builds_have_the_same_and_it_goes_with_the_broker(world: None) -> None:
    one, two = SharedSocket(), SharedSocket()

    assert one.path == two.path
    ask("leave")
    _until(lambda: not Path(one.path).exists())


def test_one_that_was_removed_is_let_go_of(world: None) -> None:
    path = Path(SharedSocket().path)
    path.unlink()

    again = SharedSocket()

    assert Path(again.path) == path and path.exists()
    assert _listening(path) == 1
    ask("leave")
    _until(lambda: not path.exists())


def _listening(path: Path) -> int:
    """How many sockets of this name wait for connections; the flag is SO_ACCEPTCON."""
    rows = Path("/proc/net/unix").read_text().splitlines()
    return sum(row.endswith(f" {path}") and row.split()[3] == "00010000" for row in rows)


def test_the_same_broker_answers_there(world: None, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedSocket()
    broker = ask("status")["broker"]["pid"]
    monkeypatch.setenv("ROCQSHIM_SHARED", shared.path)
    monkeypatch.setattr(place, "runtime_folder", lambda: "")  # as in the sandbox

    assert place.socket_path() == shared.path
    assert ask("status")["broker"]["pid"] == broker


def test_where_the_runtime_folder_is_seen_the_first_socket_is_taken(
    world: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROCQSHIM_SHARED", "/tmp/elsewhere")

    assert place.socket_path().startswith(os.environ["XDG_RUNTIME_DIR"])


def test_a_broker_that_is_killed_is_there_again(shim_env: dict[str, str], tmp_path: Path) -> None:
    opam = tmp_path / "opam"
    opam.write_text('#!/bin/sh\necho "$ROCQSHIM_SHARED"\nread -r line\n')
    opam.chmod(0o755)
    run = subprocess.Popen(
        ["rocqshim", "run", "--", str(opam)], env=shim_env, cwd=tmp_path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert run.stdout
    shared = Path(run.stdout.readline().strip())
    first = _broker()

    os.kill(first, signal.SIGKILL)

    _until(lambda: _broker() not in (0, first))
    assert shared.exists()
    run.communicate("\n", timeout=60)
    assert run.returncode == 0


def test_a_file_in_its_place_is_an_error_and_stays(world: None) -> None:
    path = Path(SharedSocket().path)
    ask("leave")
    _until(lambda: not path.exists())
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_text("years of work")

    with pytest.raises(Exception, match="it is there, and no socket"):
        SharedSocket()

    assert path.read_text() == "years of work"
    path.unlink()


def _broker() -> int:
    try:
        return int(ask("status")["broker"]["pid"])
    except NoBroker:
        return 0


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
