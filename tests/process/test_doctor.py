"""``rocqshim doctor`` on this machine, whatever it has."""

from __future__ import annotations

import json
from typing import Any

from .installed import Installed, eventually


def checks(here: Installed, **options: Any) -> dict[str, dict[str, str]]:  # noqa: ANN401
    """The checks of ``doctor --json`` by their names."""
    done = here.run("doctor", "--json", **options)
    document = json.loads(done.stdout)
    assert document["version"] == 1 and document["exit"] == done.returncode, done.stderr
    return {check["name"]: check for check in document["checks"]}


def test_every_check_has_a_verdict_and_what_fails_has_a_mend(here: Installed) -> None:
    found = checks(here)

    assert {"systemd", "cgroup v2", "swap", "compiler", "rocq-exec", "settings"} <= found.keys()
    assert {"backend", "limits"} <= found.keys()
    for check in found.values():
        assert check["status"] in ("ok", "degraded", "failed", "skipped")
        assert check["found"]
        if check["status"] in ("degraded", "failed"):
            assert check["means"] and check["mend"], check


def test_the_text_ends_with_a_conclusion(here: Installed) -> None:
    done = here.run("doctor")

    conclusions = (
        "all is well",
        "limits are enforced, and something is missing; degraded: ",
        "limits cannot be enforced as they were asked for; failed: ",
    )
    assert done.stdout.splitlines()[-1].startswith(conclusions[done.returncode])
    assert done.stderr == ""


def test_the_watchdog_is_told_from_a_kernel_limit(here: Installed) -> None:
    here.settings('memory-max = "3G"')

    done = here.run("doctor")

    assert done.returncode == 2
    assert "watchdog, rocq-work.slice" in done.stdout
    assert "not enforced: memory-max 3G, " in done.stdout
    assert "now:   memory-max: sampling every " in done.stdout


def test_a_broker_that_was_started_for_it_is_gone(here: Installed) -> None:
    here.run("doctor")

    eventually(lambda: not here.sockets(), 5)
    eventually(lambda: not here.processes(), 5)


def test_a_broker_with_jobs_is_left_alone(here: Installed) -> None:
    job = here.job("sleep", "60")
    eventually(here.jobs)

    here.run("doctor")

    assert len(here.jobs()) == 1 and job.poll() is None
    here.run("stop")
    job.communicate()


def test_the_compiler_and_the_launcher(here: Installed) -> None:
    found = checks(here)

    assert "version 8." in found["compiler"]["found"] or "version 9." in found["compiler"]["found"]
    assert found["rocq-exec"]["found"].startswith(f"{here.bin}/rocq-exec, ")


def test_broken_settings_are_one_failed_check(here: Installed) -> None:
    here.settings("memory-max = 'much'")

    found = checks(here)

    assert found["settings"]["status"] == "failed"
    assert "pyproject.toml:2" in found["settings"]["found"]
    assert found["limits"]["status"] == "skipped"
    assert not here.sockets()


def test_a_machine_with_nothing_in_path(here: Installed) -> None:
    found = checks(here, env={"PATH": "/nonexistent"})

    assert found["compiler"]["status"] == "degraded"
    assert found["rocq-exec"]["status"] in ("degraded", "failed")


def test_a_folder_of_somebody_else_is_said(here: Installed) -> None:
    here.env["XDG_RUNTIME_DIR"] = "/proc/nonexistent"
    here.env["ROCQSHIM_SOCKET"] = "/proc/nonexistent/broker.sock"

    found = checks(here)

    assert found["backend"]["status"] == "failed"
    fact = "The broker's socket /proc/nonexistent/broker.sock cannot be reached: "
    assert found["backend"]["found"].startswith(fact)
