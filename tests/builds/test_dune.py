"""dune 2.9 and 3.17 (coq.theory), 3.24 (rocq.theory): no variable names its compiler."""

from __future__ import annotations

import functools
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from workspace import FILES, SOURCES, Workspace, is_rocq, real

pytestmark = pytest.mark.skipif(not shutil.which("dune"), reason="no dune: apt-get install dune")
TOOL = "rocq" if is_rocq() else "coqc"
RULE = f"""\
(rule
 (targets {TOOL}.sh)
 (deps (universe))
 (action (run rocqshim launcher {TOOL} -o {TOOL}.sh)))
(env (_ (binaries ({TOOL}.sh as {TOOL}))))
"""
# Long enough to be found and cancelled, and it ends by itself if it is not.
SLOW = "Goal True. do 200 (do 1000000 idtac). exact I. Qed.\n"


@functools.cache
def dune_version() -> tuple[int, ...]:
    text = subprocess.run(["dune", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", text)[:2]))


def languages() -> tuple[str, str]:
    """The contents of dune-project, and the stanza's name."""
    dune = dune_version()
    if dune >= (3, 24):  # which has no (using coq …) any more
        return "(lang dune 3.21)\n(using rocq 0.11)\n", "rocq"
    if dune >= (3, 0):
        return "(lang dune 3.8)\n(using coq 0.8)\n", "coq"
    return "(lang dune 2.9)\n(using coq 0.3)\n", "coq"


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    text, language = languages()
    workspace.sources()
    workspace.write("dune-project", text)
    workspace.write("theories/dune", f"({language}.theory (name Demo))\n")
    return workspace


def build(project: Workspace, *args: str, env: dict[str, str] | None = None) -> None:
    project.run("dune", "build", "--cache=disabled", *args, env=env)


def compiled(project: Workspace, count: int) -> list[str]:
    """The sources that were compiled, as paths of the project, wherever dune did it."""
    assert {(job.slice, job.root) for job in project.jobs(count)} == {
        ("rocq-builds.slice", str(project.root))
    }
    return project.files(count)


T = TypeVar("T")


def test_a_generated_launcher_among_the_binaries(project: Workspace) -> None:
    project.write("dune", RULE)

    build(project)

    assert compiled(project, len(FILES)) == FILES
    assert len(project.made()) == len(FILES)


def test_what_is_built_is_what_a_bare_build_makes(project: Workspace) -> None:
    build(project)
    bare = project.made()
    shutil.rmtree(project.root / "_build")
    project.write("dune", RULE)

    build(project)

    assert project.made() == bare


def test_a_launcher_in_the_path_of_the_workspace(project: Workspace) -> None:
    (project.root / "limited").mkdir()
    project.run("rocqshim", "launcher", TOOL, "-o", f"limited/{TOOL}")
    folder = f'("{project.root}/limited" :standard)'
    project.write(
        "dune-workspace",
        f"{languages()[0].splitlines()[0]}\n(context (default (paths (PATH {folder}))))\n",
    )

    build(project)

    assert compiled(project, len(FILES)) == FILES


@pytest.mark.parametrize("place", ["_build-8.16", "{root}/theories/.out", "{root}-elsewhere"])
def test_a_build_folder_of_any_name_and_place(project: Workspace, place: str) -> None:
    """The same project and slice, and the files by the names of the sources."""
    folder = place.format(root=project.root)
    project.run("rocqshim", "run", "--", "dune", "build", "--cache=disabled", "--build-dir", folder)

    assert compiled(project, len(FILES)) == FILES


def test_rocqshim_run(project: Workspace) -> None:
    """By launchers that it puts before PATH; the next one finds the same, and builds nothing."""
    for _ in range(2):
        project.run("rocqshim", "run", "--", "dune", "build", "--cache=disabled")

        assert compiled(project, len(FILES)) == FILES


def test_an_action_of_ones_own(project: Workspace) -> None:
    compiler = "%{bin:rocq} c" if is_rocq() else "%{bin:coqc}"
    shutil.rmtree(project.root / "theories")
    project.write("Base.v", SOURCES["theories/Base.v"])
    rule = f"(run rocq-exec {compiler} -q -R . Demo %{{v}})"
    project.write("dune", f"(rule (targets Base.vo Base.glob) (deps (:v Base.v)) (action {rule}))")

    build(project, "./Base.vo")

    assert compiled(project, 1) == ["Base.v"]


@pytest.mark.parametrize("way", ["symlink", "copy"])
def test_sandboxed_actions(project: Workspace, way: str) -> None:
    """They run below _build/.sandbox, from where the settings are found as well."""
    project.write("dune", RULE)

    build(project, f"--sandbox={way}")

    assert compiled(project, len(FILES)) == FILES


def test_what_rebuilds_and_what_does_not(project: Workspace) -> None:
    project.write("dune", RULE)
    other = project.root.parent / "other"
    other.mkdir()
    path = {"PATH": f"{other}:{project.env['PATH']}"}
    build(project)
    assert len(project.jobs(4)) == 4

    project.write("pyproject.toml", '[tool.rocqshim]\nmemory-max = "50%"\n')
    build(project, env={"ROCQSHIM_JOBS": "1"})
    assert len(project.jobs(4)) == 4  # limits: nothing

    _compiler(other, "one")
    build(project, env=path)
    assert len(project.jobs(8)) == 8  # another compiler: everything

    build(project, env=path)
    assert len(project.jobs(8)) == 8

    _compiler(other, "two")
    build(project, env=path)
    assert len(project.jobs(12)) == 12  # the same path, another compiler


def _compiler(folder: Path, text: str) -> None:
    program = folder / TOOL
    program.write_text(f'#!/bin/sh\n# {text}\nexec {real()[0]} "$@"\n')
    program.chmod(0o755)


def test_ctrl_c_leaves_nothing_running(project: Workspace) -> None:
    project.write("dune", RULE)
    project.write("theories/Base.v", SLOW)
    dune = subprocess.Popen(
        ["dune", "build", "--cache=disabled"], cwd=project.root, env=project.env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    found = _wait(lambda: [pid for pid in _processes("Base.v") if _is_job(pid)])
    groups = {os.getpgid(pid) for pid in _processes("Base.v")}

    os.killpg(dune.pid, signal.SIGINT)  # as the terminal does: to dune's group, not to the action's
    dune.communicate(timeout=60)

    assert found
    assert len(groups) == 1  # launcher and compiler together, so that dune ends both
    assert (groups == {dune.pid}) == (dune_version() < (3, 0))  # from 3.0 on, one each action
    assert _wait(lambda: not _processes("Base.v"))
    assert [job.verdict for job in project.jobs(1)] in (["cancelled"], ["signal"])


def _wait(condition: Callable[[], T]) -> T:
    deadline = time.monotonic() + 30
    while not (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


def _processes(word: str) -> list[int]:
    """Those of this test that have ``word`` in their command line."""
    own = f"XDG_RUNTIME_DIR={os.environ['XDG_RUNTIME_DIR']}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if word.encode() in command and own in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def _is_job(pid: int) -> bool:
    try:
        return b"\0ROCQSHIM_JOB=" in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False
