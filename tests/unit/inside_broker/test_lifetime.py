"""What a broker removes when it leaves: its own, and what killed ones have left."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from rocqshim.broker.lifetime import others_answer, remove_dead

OLD = 1_000_000_000  # Unix seconds


def bound(path: Path, listening: bool, age: bool = True) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(path))
    if listening:
        made.listen()
    if age:
        os.utime(path, (OLD, OLD))
    return made


@pytest.mark.parametrize(
    ("name", "listening", "old", "stays"),
    [
        ("shared-1.sock", False, True, False),
        ("shared-1.sock", True, True, True),
        ("shared-1.sock", False, False, True),  # it will listen in a moment
        ("broker-0.1.0.sock", False, True, True),  # who starts a broker there removes it
    ],
)
def test_second_sockets_of_killed_brokers_go(
    tmp_path: Path, name: str, listening: bool, old: bool, stays: bool
) -> None:
    with bound(tmp_path / name, listening, old):
        remove_dead(str(tmp_path))

        assert (tmp_path / name).exists() == stays


@pytest.mark.parametrize(
    ("name", "listening", "is_one"),
    [
        ("broker-0.0.1.sock", True, True),
        ("broker-0.0.1-slurm7.sock", True, True),
        ("broker-0.0.1.sock", False, False),
        ("podman.sock", True, False),
        ("shared-1.sock", True, False),
    ],
)
def test_which_socket_is_another_brokers(
    tmp_path: Path, name: str, listening: bool, is_one: bool
) -> None:
    with bound(tmp_path / "broker-9.sock", True), bound(tmp_path / name, listening):
        assert others_answer(str(tmp_path / "broker-9.sock")) == is_one
