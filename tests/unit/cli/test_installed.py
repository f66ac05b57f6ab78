from __future__ import annotations

import sys
from pathlib import Path

import pytest

from rocqshim.cli import installed
from rocqshim.errors import UserError


def put(folder: Path, name: str = "rocq-exec") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return folder / name


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path / "scripts"))
    monkeypatch.setattr(sys, "argv", ["rocqshim"])
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_the_one_beside_rocqshim_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put(tmp_path / "bin")
    put(tmp_path / "path")
    link = tmp_path / "rocqshim"
    link.symlink_to(put(tmp_path / "bin", "rocqshim"))  # as pipx does
    monkeypatch.setattr(sys, "argv", [str(link)])

    assert installed.rocq_exec() == str(own)


def test_the_one_of_this_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = put(tmp_path / "scripts")
    put(tmp_path / "path")
    monkeypatch.setattr(sys, "argv", ["-m"])

    assert installed.rocq_exec() == str(own)


def test_the_one_in_path_at_last(tmp_path: Path) -> None:
    own = put(tmp_path / "path")

    assert installed.rocq_exec() == str(own)


def test_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="pip install rocqshim"):
        installed.rocq_exec()
