"""What ``rocqshim doctor -- COMMAND`` says of a build."""

from __future__ import annotations

import json
import os
from typing import Any

from .installed import Installed

PLAIN = "COQC ?= coqc\nall: a.vo b.vo\n%.vo: %.v\n\t$(COQC) -q $<\n"


def look(here: Installed, *command: str, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit status and the checks by name; sees that nothing was compiled, started, left."""
    before = {path for path in here.work.rglob("*") if path.suffix != ".d"}
    done = here.run("doctor", "--json", "--", *command, env=env)
    document = json.loads(done.stdout)
    assert document["exit"] == done.returncode, done.stderr
    after = {path for path in here.work.rglob("*") if path.suffix != ".d"}
    assert after == before
    assert not here.sockets()
    assert os.listdir(str(here.env["TMPDIR"])) == []
    return done.returncode, {check["name"]: check for check in document["checks"]}
