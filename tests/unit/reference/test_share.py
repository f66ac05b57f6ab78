"""What is generated for ``share`` is what is checked in, and nothing is missing in it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rocqshim.__main__ import COMMANDS
from rocqshim.reference.__main__ import files, write
from rocqshim.reference.commands import Value, before_commands, command_lines
from rocqshim.settings.keys import FILE_KEYS, KEYS

SHARE = Path(__file__).resolve().parents[3] / "share"
MANUALS = sorted(name for name in files() if name.startswith("man/"))


def test_what_is_checked_in_is_current() -> None:
    there = {str(path.relative_to(SHARE)) for path in SHARE.rglob("*") if path.is_file()}

    assert there == set(files())
    for name, text in files().items():
        assert (SHARE / name).read_text("utf-8") == text, f"{name}: make share"


def test_it_is_written_below_any_folder(tmp_path: Path) -> None:
    write(tmp_path / "new")

    assert {
        str(path.relative_to(tmp_path / "new")) for path in (tmp_path / "new").rglob("*.1")
    } == {
        "man/man1/rocqshim.1",
        "man/man1/rocq-exec.1",
    }


@pytest.mark.parametrize("name", MANUALS)
def test_groff_has_nothing_to_say(name: str) -> None:
    if not shutil.which("groff"):
        pytest.skip("groff is not installed: apt-get install groff-base")
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-rCHECKSTYLE=3", str(SHARE / name)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stderr == ""
    assert "@" not in done.stdout


def test_every_command_and_option_has_its_place() -> None:
    manual = files()["man/man1/rocqshim.1"].replace("\\-", "-")
    scripts = [files()[name] for name in files() if "rocqshim" in name and "man" not in name[:4]]

    for command in command_lines():
        assert f".SS {command.name}\n" in manual
        assert all(command.name in script for script in scripts)
        for option in command.options:
            for flag in option.flags:
                assert flag in manual or flag in ("-h", "--help")
                assert all(flag.lstrip("-") in script for script in scripts)


def test_every_setting_has_its_place() -> None:
    toml = files()["man/man5/rocqshim.toml.5"].replace("\\-", "-")
    manual = files()["man/man1/rocqshim.1"].replace("\\-", "-")

    for key in [*KEYS.values(), *FILE_KEYS.values()]:
        assert f".B {key.name}\n" in toml
        assert key.allowed in toml
    for key in KEYS.values():
        assert f".B {key.variable}\n" in manual


def test_the_commands_as_data() -> None:
    lines = {command.name: command for command in command_lines()}

    assert [*lines, "exec"] == list(COMMANDS)
    assert lines["run"].positional and lines["run"].positional.value is Value.COMMAND
    assert lines["shims"].positional and lines["shims"].positional.value is Value.FOLDER
    assert lines["status"].positional is None
    (log,) = [option for option in lines["run"].options if "--log" in option.flags]
    assert (log.value, log.metavar, log.flags) == (Value.FILE, "FILE", ("--log",))
    assert {flag for option in before_commands().options for flag in option.flags} == {
        "-h", "--help", "--version",
    }  # fmt: skip
