"""How checks are shown, and what they make of the exit status."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from rocqshim.cli.doctor import CONCLUSIONS, json_text, text
from rocqshim.doctor.check import DEGRADED, FAILED, OK, SKIPPED, Check, worst
from rocqshim.doctor.host import Host

GOOD = Check("systemd", OK, "252")
BAD = Check("io", DEGRADED, "none", "one thing\nanother", "mend it", "a stand-in")
ASIDE = Check("lingering", SKIPPED, "no question", "not shown", "not shown")


def test_columns_with_what_is_wrong_below() -> None:
    assert text([GOOD, BAD, ASIDE], with_skipped=True) == (
        "ok        systemd    252\n"
        "degraded  io         none\n"
        "                     means: one thing\n"
        "                     means: another\n"
        "                     now:   a stand-in\n"
        "                     mend:  mend it\n"
        "skipped   lingering  no question\n"
        "\n"
        "limits are enforced, and something is missing; degraded: io"
    )


def test_checks_that_do_not_apply_are_counted() -> None:
    assert text([GOOD, ASIDE]).splitlines()[1:] == [
        "1 check does not apply here, see it: rocqshim doctor --all",
        "",
        "all is well",
    ]
    assert "2 checks do not apply here" in text([ASIDE, GOOD, ASIDE])
    assert "--all" not in text([GOOD])
    assert len(json.loads(json_text([GOOD, ASIDE]))["checks"]) == 2


@pytest.mark.parametrize("number", range(3))
def test_the_last_line_names_what_has_led_to_the_exit_status(number: int) -> None:
    checks = [GOOD, BAD, Check("limits", FAILED, ""), Check("swap", DEGRADED, "")][: number + 1]
    last = text(checks).splitlines()[-1]

    assert last.startswith(CONCLUSIONS[worst(checks)])
    assert ("; degraded: io" in last) == (number > 0)
    assert ("; failed: limits" in last) == (number > 1)


@pytest.mark.parametrize(
    ("checks", "status"),
    [([], 0), ([GOOD, ASIDE], 0), ([GOOD, BAD], 1), ([BAD, Check("x", FAILED, "")], 2)],
)
def test_the_worst_decides(checks: list[Check], status: int) -> None:
    assert worst(checks) == status
    assert json.loads(json_text(checks))["exit"] == status


def test_json_has_a_version_and_every_field() -> None:
    found = json.loads(json_text([BAD]))

    assert found["version"] == 1
    assert found["checks"] == [
        {
            "name": "io",
            "status": DEGRADED,
            "found": "none",
            "means": "one thing\nanother",
            "mend": "mend it",
            "now": "a stand-in",
        }
    ]


# The commands of the real machine ------------------------------------------------------------


def test_a_missing_command_is_a_result() -> None:
    assert Host(environ={"PATH": "/nowhere"}).command("systemctl", "--version") is None
    assert Host(environ={"PATH": "/nowhere"}).value("systemctl", "--version") == ""


def test_a_command_is_run_once_and_its_failure_kept() -> None:
    host = Host()

    first = host.command("sh", "-c", "echo out; echo err >&2; exit 3")

    assert first and (first.status, first.text, first.error) == (3, "out", "err")
    assert host.command("sh", "-c", "echo out; echo err >&2; exit 3") is first


def test_commands_get_the_runtime_folder_that_su_has_dropped() -> None:
    host = Host(environ={"PATH": os.environ["PATH"]}, uid=77)

    assert host.value("sh", "-c", "echo $XDG_RUNTIME_DIR $LC_ALL") == "/run/user/77 C"


def test_a_command_that_is_killed_or_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rocqshim.doctor.host.TIMEOUT", 1)

    killed = Host().command("sh", "-c", "kill -9 $$")
    hung = Host().command("sleep", "60")

    assert killed and killed.status == 1
    assert hung and hung.status == 124


def test_a_manager_that_hangs_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("rocqshim.doctor.host.TIMEOUT", 1)
    stub = tmp_path / "systemctl"
    stub.write_text(f"#!/bin/sh\necho $* >>{tmp_path}/asked\nexec sleep 60\n")
    stub.chmod(0o755)
    host = Host(environ={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    answers = [host.command("systemctl", "--user", "show", name) for name in ("one", "two")]

    assert [answer and answer.status for answer in answers] == [124, 124]
    assert (tmp_path / "asked").read_text() == "--user show one\n"


def test_tasks_of_this_user_and_names_of_processes() -> None:
    host = Host()

    assert host.tasks_of_user() >= 1
    assert Path("/proc/self/comm").read_text().strip() in host.names_of_processes()
    assert host.task_limit() is None or host.task_limit() > 0  # type: ignore[operator]


def test_files_that_are_not_there() -> None:
    host = Host()

    assert host.read("/nonexistent") == "" and host.listed("/nonexistent") == []
    assert not host.exists("/nonexistent") and not host.connects("/nonexistent")
