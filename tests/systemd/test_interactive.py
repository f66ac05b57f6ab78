"""An editor's server in a full slice: the kernel takes the compiler, also if that is smaller."""

from __future__ import annotations

from .conftest import NewProject
from .guest import run
from .project import COMPILER


def test_a_compiler_is_killed_and_not_the_server(new_project: NewProject) -> None:
    sources = {
        "server": 'hold(170); facts(); outlive("big")',
        "big": 'await("server.facts"); hold(400)',
    }
    project = new_project('memory-max = "300M"\njobs = 1', sources)
    project.write("coq-lsp", COMPILER.read_text()).chmod(0o755)

    server = project.start("rocq-exec", "./coq-lsp", "server.v")
    facts = project.facts("server")
    assert f"/{project.slice}/" in project.begun("server")["cgroup"]
    done = run("rocq-exec", "./coqc", "big.v", cwd=project.root)

    assert done.returncode == -9
    assert server.end() == 0
    assert facts["memory.oom.group"] == "1"
    assert project.verdicts() == {"big.v": "oom-slice", "server.v": "success"}
    assert project.history()["server.v"]["kind"] == "interactive"
