"""The parts of the test bed that need no machine."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import kept
import machine
import payload
import suite
import wheels

TESTS = ["tests/systemd"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROCQSHIM_VM_CACHE", str(tmp_path))


def sleeper(mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", mark])


@pytest.mark.parametrize("_", range(20))
def test_new_process_is_ours_at_once(_: int) -> None:
    """Its command line reads as empty for a moment, during execve."""
    child = sleeper("/tmp/mark-1")
    try:
        assert kept.runs(child.pid, "/tmp/mark-1")
    finally:
        kept.end(child.pid, "/tmp/mark-1", signal.SIGKILL)
    assert not kept.runs(child.pid, "/tmp/mark-1")


def test_other_process_is_never_ended() -> None:
    child = sleeper("/tmp/other")
    kept.end(child.pid, "/tmp/mark-2", signal.SIGKILL)
    assert child.poll() is None
    child.kill()
    child.wait()


@pytest.mark.parametrize("pid", [0, -1, 2**22])
def test_no_process_does_not_run(pid: int) -> None:
    assert not kept.runs(pid, "")


def test_record_of_a_dead_machine_is_forgotten(tmp_path: Path) -> None:
    record = kept.Record("guest", "forky", 2**22, 1, "/nonexistent")
    record.save()
    assert kept.find("guest", "forky") is None
    assert not record.path.exists()


def test_record_of_a_living_machine_is_found() -> None:
    child = sleeper("/tmp/mark-3")
    record = kept.Record("guest", "forky", child.pid, 1, "/tmp/mark-3")
    record.save()
    assert kept.find("guest", "forky") == record
    kept.end(child.pid, "/tmp/mark-3", signal.SIGTERM)


def test_ssh_helper_reads_the_port_of_a_record() -> None:
    record = kept.Record("guest", "forky", 1, 4711, "/nonexistent")
    record.save()
    assert json.loads(record.path.read_text())["port"] == 4711
    assert '"port": 4711' in record.path.read_text()


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("\x1b[0;32m  OK  \x1b[0m] Started", "  OK  ] Started"),
        ("\x1bP+q6E616D65\x1b\\[  1.0] x", "\\[  1.0] x"),
        ("\x1b[18t\x1b[!p\tplain", "\tplain"),
    ],
)
def test_console_lines_cannot_command_a_terminal(raw: str, clean: str) -> None:
    assert machine.printable(raw) == clean


def options(**changes: object) -> argparse.Namespace:
    standard: dict[str, object] = {"suite": "forky", "shell": None, "timeout": 60.0, "pytest": []}
    return argparse.Namespace(**{**standard, **changes})


def test_whole_suite_runs_unless_tests_are_chosen() -> None:
    assert " tests/systemd" in suite.test_command(options(), TESTS)
    chosen = suite.test_command(options(pytest=["-x", "tests/systemd/test_a.py::test_b"]), TESTS)
    assert " -x tests/systemd/test_a.py::test_b" in chosen
    assert " tests/systemd " not in chosen


@pytest.mark.parametrize("ci", ["true", None])
def test_ci_is_passed_on(ci: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    if ci:
        monkeypatch.setenv("CI", ci)
    assert ("CI=true" in suite.test_command(options(), TESTS)) == bool(ci)


def test_users_command_is_one_word() -> None:
    assert "bash -c 'a | b; c'" in suite.test_command(options(shell="a | b; c"), TESTS)


def test_work_tree_names_folders_before_their_files() -> None:
    names = payload.work_tree()
    assert names.index("tests/vm") < names.index("tests/vm/run.py")
    assert not [name for name in names if name.startswith(".git/") or "__pycache__" in name]


def test_once_makes_a_thing_once_and_leaves_no_half_of_it(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        raise FileNotFoundError

    def make(folder: Path) -> None:
        folder.mkdir()

    with pytest.raises(FileNotFoundError):
        wheels.once(tmp_path / "thing", fail)
    assert not (tmp_path / "thing").exists()
    assert wheels.once(tmp_path / "thing", make).is_dir()
    assert wheels.once(tmp_path / "thing", fail).is_dir()


def test_unknown_suite_is_an_error_with_a_hint() -> None:
    words = [str(machine.HERE / "image.sh"), "sarge"]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=dict(os.environ))
    assert done.returncode == 1
    assert done.stderr.splitlines()[1].startswith("hint: ")
