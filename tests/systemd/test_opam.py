"""A job inside opam's sandbox, which sees neither cgroups nor /run, is in the slice as well."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from .conftest import NewProject
from .guest import good
from .project import Project

pytestmark = pytest.mark.skipif(not shutil.which("opam"), reason="no opam: apt-get install opam")
MAKEFILE = """\
all:
	$(ROCQ_EXEC) sh -c 'cat /proc/self/cgroup >group; ls /sys/fs/cgroup /run/user >seen 2>&1; true'
	-$(ROCQ_EXEC) perl -e 'my $$m = 1 << 20; push @held, "x" x $$m while 1'
install:
	mkdir -p $(TO)/demo && cp group seen $(TO)/demo
"""
OPAM = f"""\
opam-version: "2.0"
maintainer: "nobody"
build: [make]
install: [make "install" "TO=%{{lib}}%"]
extra-files: [["Makefile" "md5={hashlib.md5(MAKEFILE.encode()).hexdigest()}"]]
"""


@pytest.fixture
def project(new_project: NewProject) -> Project:
    made = new_project('memory-max = "600M"\njob-memory-max = "200M"', {})
    made.write("repository/repo", 'opam-version: "2.0"\n')
    made.write("repository/packages/demo/demo.1/opam", OPAM)
    made.write("repository/packages/demo/demo.1/files/Makefile", MAKEFILE)
    return made


def test_a_job_in_the_sandbox_is_placed_limited_and_judged(project: Project) -> None:
    env = {"OPAMROOT": f"{project.root}/opam", "OPAMYES": "1", "OPAMNODEPEXTS": "1"}
    repository = str(project.root / "repository")
    init = ["init", "--bare", "--no-setup", "--kind=local", "tests", repository]
    good("opam", *init, cwd=project.root, env=env)
    good("opam", "switch", "create", "tests", "--empty", cwd=project.root, env=env)

    done = project.shim("run", "--", "opam", "install", "-v", "demo", env=env)

    output = done.stdout + done.stderr
    assert done.returncode == 0, output  # make lived, and went on
    assert "killed, out of memory" in output
    installed = project.root / "opam/tests/lib/demo"
    group = (installed / "group").read_text().strip()
    name = project.slice.removesuffix(".slice")
    assert f"/rocq.slice/{name}.slice/{name}-jobs.service/job-" in group
    assert (installed / "seen").read_text().count("No such file or directory") == 2
    assert sorted(row["verdict"] for row in project.history().values()) == ["oom-job", "success"]
    assert {row["backend"] for row in project.history().values()} == {"systemd"}
