"""Where a user's own files are: with odd variables, and without any."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from rocqshim.doctor import leftovers
from rocqshim.folders import config_home, home, state_home
from rocqshim.history import default_path
from rocqshim.launch import settled
from rocqshim.settings.locate import user_file

from .cli.host import FakeHost

Reader = Callable[[Mapping[str, str]], "str | None"]
OWN = pwd.getpwuid(os.getuid()).pw_dir


@pytest.mark.parametrize("odd", ["", "relative", "./x", "~/x"])
@pytest.mark.parametrize(
    ("read", "variable", "below"),
    [
        (config_home, "XDG_CONFIG_HOME", ".config"),
        (state_home, "XDG_STATE_HOME", ".local/state"),
        (user_file, "XDG_CONFIG_HOME", ".config/rocqshim/config.toml"),
        (default_path, "XDG_STATE_HOME", ".local/state/rocqshim/history.sqlite3"),
        (default_path, "ROCQSHIM_STATE", ".local/state/rocqshim/history.sqlite3"),
    ],
)
def test_what_is_no_absolute_path_is_ignored(
    read: Reader, variable: str, below: str, odd: str
) -> None:
    assert read({variable: odd, "HOME": "/h"}) == f"/h/{below}"
    assert read({variable: odd, "HOME": odd}) == f"{OWN}/{below}"
    assert read({}) == f"{OWN}/{below}"


def test_a_user_that_the_system_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)

    assert home({}) == config_home({}) == state_home({}) == ""
    assert user_file({}) is None


def test_a_launcher_without_a_broker_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / ".config/rocqshim/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('enforce = "require"\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.delenv("ROCQSHIM_ENFORCE", raising=False)
    monkeypatch.chdir(tmp_path)

    assert settled.enforce_setting() == "require"


def test_and_so_does_doctor() -> None:
    path = "/h/.config/systemd/user/rocq.slice"
    host = FakeHost({path: ""}, environ={"HOME": "/h", "XDG_CONFIG_HOME": "relative"})

    assert [each.path for each in leftovers.read(host)] == [path]
