"""The text of ``rocqshim status``, from an answer of the broker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rocqshim.__main__ import main
from rocqshim.cli.status import json_text, text

GIB = 1 << 30
JOB = {
    "job": "job-3", "file": "theories/Big.v", "kind": "vo", "pid": 4711, "pids": [4711],
    "seconds": 63.2, "memory": 4 * GIB, "memory_peak": 5 * GIB,
}  # fmt: skip
PROJECT: dict[str, Any] = {
    "project": "foo",
    "root": "/home/u/foo",
    "slice": "rocq-foo.slice",
    "backend": "systemd",
    "limits": {
        "memory_max": 6 * GIB, "memory_high": None, "memory_swap_max": 0, "cpu_quota": 2700,
        "cpu_weight": 100, "io_weight": 50, "tasks_max": None,
    },
    "unenforced": ["io-weight is not enforced: the user manager has no io controller"],
    "memory": 3 * GIB,
    "memory_peak": None,
    "tasks": 12,
    "waiting": 2,
    "jobs": [JOB],
}  # fmt: skip
BROKER = {"pid": 99, "version": "0.1.0", "seconds": 192}


def test_everything_that_a_person_wants_to_know() -> None:
    assert text({"broker": BROKER, "projects": [PROJECT]}) == (
        "rocq-foo.slice (systemd), project /home/u/foo\n"
        "  memory-max       6G        3G used (50%)\n"
        "  memory-swap-max  0\n"
        "  cpu-quota        2700%\n"
        "  io-weight        50\n"
        "  tasks-max        infinity  12 used\n"
        "  io-weight is not enforced: the user manager has no io controller\n"
        "  1 running, 2 waiting\n"
        "    FILE            PID   TIME       MEMORY  PEAK\n"
        "    theories/Big.v  4711  1 min 3 s  4G      5G\n"
        "broker: pid 99, version 0.1.0, up 3 min 12 s"
    )


def test_a_job_that_is_being_placed_has_no_pid_and_no_peak_yet() -> None:
    job = {**JOB, "pid": 0, "memory": 0, "memory_peak": None}

    lines = text({"broker": BROKER, "projects": [{**PROJECT, "jobs": [job]}]}).splitlines()

    assert lines[-2].split() == ["theories/Big.v", "-", "1", "min", "3", "s", "0", "-"]


def test_a_project_whose_slice_is_not_open() -> None:
    project = {**PROJECT, "backend": None, "limits": None, "jobs": [], "unenforced": []}

    shown = text({"broker": BROKER, "projects": [project]})

    assert "rocq-foo.slice (not open)" in shown and "rocqshim config" in shown


def test_memory_without_limit_has_no_share() -> None:
    limits = {**PROJECT["limits"], "memory_max": None}

    shown = text({"broker": BROKER, "projects": [{**PROJECT, "limits": limits, "memory_peak": 7}]})

    assert "memory-max       infinity  3G used, peak 7" in shown


def test_json_has_a_version_of_its_own() -> None:
    found = json.loads(json_text({"version": 77, "broker": BROKER, "projects": [PROJECT]}))

    assert found["version"] == 1
    assert found["projects"][0]["jobs"][0]["file"] == "theories/Big.v"


@pytest.mark.parametrize(
    ("socket", "said"),
    [
        ("{0}/none/socket", "none/socket cannot be reached: No such file or directory."),
        ("{0}/file", "file cannot be reached: Connection refused."),
        ("{0}/file/socket", "socket cannot be reached: Not a directory."),
        ("relative", "relative cannot be reached: No such file or directory."),
        ("/tmp/" + 200 * "x", "cannot be reached: AF_UNIX path too long."),
    ],
)
@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["top", "--once"]])
def test_a_socket_that_cannot_be_reached_is_no_absent_broker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: list[str], socket: str, said: str,
) -> None:  # fmt: skip
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROCQSHIM_SOCKET", socket.format(tmp_path))

    assert main(command) == 1

    done = capsys.readouterr()
    assert said in done.err and "ROCQSHIM_SOCKET" in done.err
    assert done.out == ""


def test_a_socket_at_which_a_broker_will_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROCQSHIM_SOCKET", f"{tmp_path}/socket")

    assert main(["status"]) == 0

    named = f"at {tmp_path}/socket, which ROCQSHIM_SOCKET names"
    assert capsys.readouterr().out == f"no compiler is running (no broker {named})\n"
