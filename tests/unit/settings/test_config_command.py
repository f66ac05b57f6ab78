from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rocqshim.cli import config as command
from rocqshim.errors import UserError
from rocqshim.settings.keys import KEYS
from rocqshim.settings.machine import this_machine
from rocqshim.settings.size import human_size

PROJECT = """\
[tool.rocqshim]
memory-max = "3G"
cpu-quota = "2 cores"
jobs = 9

[[tool.rocqshim.files]]
match = "theories/Big.v"
job-memory-max = "1.5G"
exclusive = true
"""


@pytest.fixture
def here(root: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in KEYS.values():
        monkeypatch.delenv(key.variable, raising=False)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config.parent.parent))
    monkeypatch.setenv("HOME", str(config.parent.parent.parent))
    config.parent.mkdir(parents=True)
    config.write_text("[caps]\njobs = 6\n")
    (root / "pyproject.toml").write_text(PROJECT)
    return root


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def test_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"project proj in {here}"
    shown = {line.split(")")[1].split(" = ")[0].strip(): line for line in lines[1:]}
    cap = "(~/xdg/rocqshim/config.toml:2)"
    assert shown["memory-max"].startswith("(pyproject.toml:2) ")
    assert shown["memory-max"].endswith(" = 3G (3221225472 bytes)")
    assert shown["cpu-quota"].endswith(" = 2 cores (200% of one core)")
    assert shown["jobs"] == f"{cap} jobs             = 6"
    assert shown["cap jobs"] == f"{cap} cap jobs         = 6"
    assert shown["compiler"].endswith(" = -")
    assert shown["files match"].startswith("(pyproject.toml:6)")
    assert shown["job-memory-max"] == (
        "(pyproject.toml:8)               job-memory-max = 1.5G (1610612736 bytes)"
    )
    assert shown["exclusive"].endswith(" = true")
    assert set(KEYS) <= set(shown)
    assert len({line.index(" = ") for line in lines[1:]}) == 1


def test_advice_is_called_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "pyproject.toml").unlink()
    (here.parent / "xdg" / "rocqshim" / "config.toml").unlink()

    run()

    shown = capsys.readouterr().out
    share = this_machine().memory * 60 // 100
    assert "(advice for -j" in shown
    assert f"memory-max      = 60% ({human_size(share)}, {share} bytes)" in shown


def test_a_folder_that_the_terminal_cannot_show(here: Path) -> None:
    folder = here / "Größe"
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.rocqshim]")
    paths = {"HOME": str(here), "PYTHONPATH": str(Path(command.__file__).parents[2])}

    done = subprocess.run(
        [sys.executable, "-m", "rocqshim", "config"],
        cwd=folder,
        env={"PYTHONIOENCODING": "ascii", **paths},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )

    assert "project Gr__e in " in done.stdout
    assert "/Gr\\xf6\\xdfe\n" in done.stdout


def test_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0

    found = json.loads(capsys.readouterr().out)
    cap = {"name": "~/xdg/rocqshim/config.toml", "line": 2, "by": "cap"}
    assert found["version"] == command.JSON_VERSION
    assert (found["root"], found["project"], found["jobs_cap"]) == (str(here), "proj", 6)
    assert list(found["settings"]) == list(KEYS)
    assert found["settings"]["memory-max"] == {
        "value": 3 * 1024**3,
        "text": "3G",
        "origin": {"name": "pyproject.toml", "line": 2, "by": "file"},
    }
    assert found["settings"]["job-memory-max"]["value"] is None
    assert found["caps"] == {"jobs": {"value": 6, "text": "6", "origin": cap}}
    assert found["files"] == [
        {
            "match": "theories/Big.v",
            "job-memory-max": 1610612736,
            "job-time-max": None,
            "expected-memory": None,
            "exclusive": True,
            "origin": {"name": "pyproject.toml", "line": 6, "by": "file"},
            "given": {
                "job-memory-max": {"name": "pyproject.toml", "line": 8, "by": "file"},
                "exclusive": {"name": "pyproject.toml", "line": 9, "by": "file"},
            },
        }
    ]


def test_warnings_are_on_stderr(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "pyproject.toml").write_text("tool.rocqshim.cpu-quota = '75%'")

    run("--json")

    captured = capsys.readouterr()
    assert captured.err.startswith("rocqshim: warning: pyproject.toml:1: cpu-quota = 75% is 0.75")
    assert json.loads(captured.out)["warnings"] == [
        captured.err.removeprefix("rocqshim: warning: ").rstrip()
    ]


def test_an_error_is_left_to_the_dispatch(here: Path) -> None:
    (here / "pyproject.toml").write_text("tool.rocqshim.jobs = 0")

    with pytest.raises(UserError, match=":1: jobs = 0 is out of range"):
        run()
