"""``rocqshim editors``: what it prints is taken at its word, and the server runs as a job."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from .installed import Installed, eventually

SERVER = '#!/bin/sh\n[ "$1" = -v ] && echo 2.3.4 || { read line; echo "$0 $line"; }\n'
TOOLS = ("vsrocqtop", "coq-lsp", "coqtop", "coqc", "coqidetop.opt")


def settings(here: Installed) -> dict[str, dict[str, str]]:
    document = json.loads(here.run("editors", "--json").stdout)
    return {each["tool"]: each["settings"] for each in document["editors"]}


@pytest.fixture
def servers(here: Installed) -> Installed:
    for name in TOOLS:
        here.program(name, SERVER)
    here.settings("jobs = 1")
    return here


def test_the_launchers_are_asked_for_first(servers: Installed) -> None:
    before = servers.run("editors").stdout
    servers.run("shims")
    after = servers.run("editors").stdout

    assert before == (
        f"{after}\ncoqtop and coqidetop.opt: the launchers are missing. Write them with:\n"
        "  rocqshim shims\n"
    )
    assert f'"coq-lsp.path": "{servers.bin}/rocq-exec"' in after


@pytest.mark.parametrize("tool", ["vsrocqtop", "coq-lsp", "coqtop", "coqidetop.opt"])
def test_as_the_editor_starts_it(servers: Installed, tool: str) -> None:
    servers.run("shims")
    found = settings(servers)[tool]
    # An editor that was started from a menu may have no PATH to speak of.
    needs_path = tool in ("vsrocqtop", "coq-lsp")
    path = {"PATH": f"{servers.bin}:/usr/bin:/bin" if needs_path else "/usr/bin:/bin"}
    commands = {
        "vsrocqtop": ["/bin/sh", "-c", f"{found.get('vsrocq.path')} -bt"],
        "coq-lsp": [found.get("coq-lsp.path", ""), *found.get("coq-lsp.args", [])],
        "coqtop": [found.get("coq-prog-name", ""), "-emacs"],
        "coqidetop.opt": [found.get("cmd_coqtop", ""), "-main-channel", "stdfds"],
    }

    process = servers.popen(commands[tool], env=path)
    (job,) = eventually(servers.jobs)
    out, _ = process.communicate("hello\n", timeout=60)

    assert job["file"] == tool.removesuffix(".opt")
    assert out.endswith(f"/{tool} hello\n")


def test_the_probe_of_vsrocq(servers: Installed) -> None:
    command = f"{settings(servers)['vsrocqtop']['vsrocq.path']} -v"

    process = servers.popen(["/bin/sh", "-c", command])

    assert process.communicate(timeout=60)[:1] == ("2.3.4\n",)
    assert not servers.sockets()


def test_no_server(here: Installed) -> None:
    done = here.run("editors", env={"PATH": str(here.bin)})

    assert done.returncode == 1
    assert "PATH has no server of an editor" in done.stderr


def test_real_toplevel_for_an_editor(here: Installed) -> None:
    """As Proof General talks to it: a prompt in <prompt> tags, byte for byte as without us."""
    if not shutil.which("coqtop"):
        pytest.skip("coqtop is not installed: apt-get install coq")
    here.run("shims")
    launcher = settings(here)["coqtop"]["coq-prog-name"]
    script = "Check O.\nDefinition x := S O.\nPrint x.\nQuit.\n"

    ends = []
    for program in (shutil.which("coqtop"), launcher):
        process = here.popen([str(program), "-emacs", "-q"], stderr=subprocess.STDOUT)
        ends.append((process.communicate(script, timeout=120)[0], process.returncode))

    bare, launched = ends
    lines = [line for line in launched[0].splitlines() if not line.startswith("rocq-exec: ")]
    assert (lines, launched[1]) == (bare[0].splitlines(), bare[1])
    assert any("nat" in line for line in lines)
