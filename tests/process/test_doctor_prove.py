"""``rocqshim doctor --prove`` here, with the watchdog: what it shows, and what it leaves."""

from __future__ import annotations

import json
import os
import sqlite3
from typing import Any

from .installed import Installed, eventually


def prove(here: Installed) -> dict[str, dict[str, Any]]:
    """The checks that begin with ``proof``."""
    done = here.run("doctor", "--prove", "--json")
    checks = json.loads(done.stdout)["checks"]
    return {check["name"]: check for check in checks if check["name"].startswith("proof")}


def test_a_job_is_killed_and_kept_to_a_core_and_its_shell_lives(here: Installed) -> None:
    found = prove(here)

    assert found["proof: memory"]["status"] == "degraded"
    assert "a job that wanted 384M was killed at " in found["proof: memory"]["found"]
    assert "kept to 1" in found["proof: cpu"]["found"]
    assert found["proof: make"]["found"].startswith(
        "the shell in its place lived on, and saw status 137"
    )
    assert os.listdir(str(here.env["TMPDIR"])) == []
    eventually(lambda: not here.processes(), 5)
    with sqlite3.connect(here.folder / "state/rocqshim/history.sqlite3") as db:
        assert db.execute("SELECT count(*) FROM jobs").fetchone() == (0,)


def test_what_cannot_be_proven_is_said(here: Installed) -> None:
    here.program("rocq-exec", "#!/bin/sh\necho no way >&2\nexit 125\n")

    found = prove(here)

    assert {check["status"] for check in found.values()} == {"failed"} | {
        found["proof: make"]["status"]
    }
    assert found["proof: memory"]["found"] == "the job did not run as one: no way"
    assert os.listdir(str(here.env["TMPDIR"])) == []
