"""`rocqshim doctor` says what the tests of this folder see: limits enforced, or not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import NewProject
from .project import Project

SETTINGS = 'memory-max = "600M"\nio-weight = 100\n'


def doctor(project: Project, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Its exit status, and its checks by name."""
    done = project.shim("doctor", "--json", env=env)
    answer = json.loads(done.stdout)
    assert answer["exit"] == done.returncode
    return done.returncode, {check["name"]: check for check in answer["checks"]}


def test_on_this_machine(new_project: NewProject) -> None:
    status, checks = doctor(new_project(SETTINGS, {}))

    assert status == 1  # no lingering, no io controller: degraded
    good = ("systemd", "user manager", "cgroup v2", "swap", "compiler", "backend", "limits")
    assert {name: checks[name]["status"] for name in good} == dict.fromkeys(good, "ok")
    assert checks["lingering"]["mend"] == "loginctl enable-linger"
    assert "missing: io" in checks["controllers"]["found"]
    assert checks["limits"]["found"].startswith("read back: memory-max 600M")


@pytest.mark.parametrize(
    ("settings", "env", "status", "check"),
    [
        ("", {"ROCQSHIM_BACKEND": "watchdog"}, 2, "limits"),
        ("", {"XDG_RUNTIME_DIR": ""}, 1, "lingering"),
        ('memory-max = "a lot"', {}, 2, "settings"),
        ('enforce = "require"\nio-weight = 50', {}, 2, "limits"),
    ],
    ids=["watchdog", "no-runtime-dir", "broken-settings", "required-and-not-had"],
)
def test_what_is_wrong(
    new_project: NewProject, settings: str, env: dict[str, str], status: int, check: str
) -> None:
    found, checks = doctor(new_project(settings, {}), **env)

    assert found == status
    assert checks[check]["status"] == ("failed" if status == 2 else "degraded")
    assert checks[check]["mend"]
