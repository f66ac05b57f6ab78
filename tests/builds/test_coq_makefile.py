"""coq_makefile, in every way that a compiler can be named: each file is one job, and once only."""

from __future__ import annotations

import glob
import re
import shutil

import pytest
from workspace import FILES, HAS_COMPILER, Workspace, coqbin, is_rocq, real

from rocqshim.makefile.include import render

PROJECT = "-R theories Demo\n" + "".join(f"{name}\n" for name in FILES)
# An outer Makefile as most projects have it.
OUTER = """\
all: CoqMakefile
	$(MAKE) -f CoqMakefile $@
%: CoqMakefile
	$(MAKE) -f CoqMakefile $@
CoqMakefile: _CoqProject
	coq_makefile -f _CoqProject -o CoqMakefile
_CoqProject Makefile: ;
"""
NAME = "ROCQ" if is_rocq() else "COQC"
VALUE = "rocq-exec rocq" if is_rocq() else "rocq-exec coqc"
SCRIPTS = ["/usr/lib/ocaml/coq-core/tools", "/usr/lib/*/ocaml/*/coq-core/tools"]
needs_time = pytest.mark.skipif(
    not shutil.which("time"), reason="no GNU time, which TIMED=1 calls: apt-get install time"
)


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    workspace.sources()
    workspace.write("_CoqProject", PROJECT)
    workspace.write("Makefile", OUTER if shutil.which("coq_makefile") else OUTER.replace(
        "coq_makefile", "rocq makefile"))  # fmt: skip
    return workspace


def assert_built(project: Workspace) -> None:
    assert len(project.made()) == len(FILES)
    assert project.files(len(FILES)) == FILES


WAYS = {
    "environment": ([], {NAME: VALUE}),
    "environment, one word": ([], {NAME: "rocq-exec"}),
    "both names in the environment": ([], {"COQC": "rocq-exec coqc", "ROCQ": "rocq-exec rocq"}),
    "command line": ([f"{NAME}={VALUE}"], {}),
    "TIMECMD": ([], {"TIMECMD": "rocq-exec"}),
    "TIMECMD and the name": ([], {"TIMECMD": "rocq-exec", NAME: VALUE}),
}


def test_a_variable(project: Workspace) -> None:
    """One after the other in one folder: each adds its jobs, each file once."""
    for number, (way, (args, env)) in enumerate(WAYS.items(), 1):
        done = project.run("make", "-j2", *args, env=env)

        assert project.files(number * len(FILES)) == sorted(FILES * number), way
        assert "W: " not in done.stdout + done.stderr  # "while the current Coq version is …"
        project.run("make", "clean")


def test_the_name_of_the_other_generation_has_no_effect(project: Workspace) -> None:
    """Why docs/coq_makefile.md tells to set both."""
    other = "COQC" if is_rocq() else "ROCQ"

    project.run("make", env={other: VALUE})

    assert len(project.made()) == len(FILES)
    assert project.jobs(0) == []


def test_the_include(project: Workspace) -> None:
    project.write("mk/rocq-limits.mk", render())
    project.write("Makefile", (project.root / "Makefile").read_text() + "include mk/rocq-limits.mk")

    project.run("make", "-j2")

    assert_built(project)


def test_the_local_file_of_the_generated_makefile(project: Workspace) -> None:
    project.write("mk/rocq-limits.mk", render())
    project.write("CoqMakefile.local", "include mk/rocq-limits.mk\n")

    project.run("make", "-j2")

    assert_built(project)


def test_the_local_file_with_a_variable_of_its_own(project: Workspace) -> None:
    project.write("CoqMakefile.local", f"{NAME} := {VALUE}\n")

    project.run("make", "-j2")

    assert_built(project)


def test_launchers_first_in_path(project: Workspace) -> None:
    project.run("rocqshim", "shims")
    path = f"{project.root}/.rocqshim/bin:{project.env['PATH']}"

    done = project.run("make", "all", "validate", env={"PATH": path})

    assert project.files(len(FILES) + 1) == FILES
    assert len(project.files(len(FILES) + 1, "check")) == 1
    assert "W: " not in done.stdout + done.stderr


def test_rocqshim_run(project: Workspace) -> None:
    done = project.run("rocqshim", "run", "--", "make", "-j2")

    assert_built(project)
    assert re.search(rf"^rocqshim: {len(FILES)} jobs in ", done.stderr, re.M), done.stderr


def test_all_of_it_at_once_wraps_once(project: Workspace) -> None:
    project.write("mk/rocq-limits.mk", render())
    project.write("CoqMakefile.local", f"include mk/rocq-limits.mk\n{NAME} := {VALUE}\n")
    project.write("Makefile", (project.root / "Makefile").read_text() + "include mk/rocq-limits.mk")

    project.run("rocqshim", "run", "--", "make", "-j2", env={"TIMECMD": "rocq-exec"})

    assert_built(project)


def test_the_output_is_that_of_a_bare_build(project: Workspace) -> None:
    project.run("make", "CoqMakefile")
    bare = project.run("make")
    made = project.made()
    project.run("make", "clean")

    wrapped = project.run("make", env={NAME: VALUE})

    assert wrapped.stdout == bare.stdout
    assert project.made() == made


@needs_time
def test_timed(project: Workspace) -> None:
    """`time` measures the launcher with the child that it has waited for."""
    done = project.run("make", "TIMED=1", env={NAME: VALUE})

    line = r"^theories/\w+(?:\.vo)? \(real: .* mem: (\d+) ko\)$"
    memory = re.findall(line, done.stdout + done.stderr, re.M)
    assert len(memory) >= len(FILES)
    assert max(map(int, memory)) > 40_000  # a compiler's and not the launcher's
    assert_built(project)


@needs_time
def test_pretty_timed(project: Workspace) -> None:
    # Debian's Coq 8 finds its script only with COQBIN set, and the module of that only so.
    tools = [found for pattern in SCRIPTS for found in glob.glob(pattern)]
    env = {"PYTHONPATH": tools[0]} if tools else {}
    args = [f"COQBIN={coqbin()}"] if tools else []

    done = project.run("rocqshim", "run", "--", "make", "pretty-timed", *args, env=env)

    row = r"^ *[\dm.]+s \| +(\d+) ko \| (?:theories/)?(\w+)(?:\.vo)? *$"
    rows = re.findall(row, done.stdout, re.M)
    assert {name for _, name in rows} == {"Base", "Left", "Right", "Both"}, done.stdout
    assert all(int(memory) > 10_000 for memory, _ in rows)
    assert "Total Time / Peak Mem" in done.stdout
    assert_built(project)


def test_vos_vok_and_the_checker(project: Workspace) -> None:
    for goal in ("vos", "vok", "all", "validate"):
        project.run("rocqshim", "run", "--", "make", goal)

    total = 3 * len(FILES) + 1
    assert project.files(total, "vos") == project.files(total, "vok") == FILES
    assert project.files(total) == FILES
    assert len(project.files(total, "check")) == 1


def test_the_checker_by_timecmd(project: Workspace) -> None:
    project.run("make", "all", "validate", env={"TIMECMD": "rocq-exec"})

    assert len(project.files(len(FILES) + 1, "check")) == 1


def test_an_error_is_the_compilers_own(project: Workspace) -> None:
    project.write("theories/Left.v", "Definition left := nonsense.\n")

    done = project.run("make", "-k", env={NAME: VALUE}, status=2)

    assert "The reference nonsense was not found" in done.stderr
    assert "rocq-exec: theories" not in done.stderr
    assert {job.verdict for job in project.jobs(3)} == {"success", "exit-code"}
    assert not (project.root / "theories/Left.vo").exists()


PLUGIN = "-R theories Demo\n-I src\n-generate-meta-for-package demo-plugin\nsrc/answer.ml\n"
PLUGIN += "src/demo_plugin.mlpack\n"


@pytest.mark.skipif(not shutil.which("ocamlfind"), reason="no ocamlfind: apt-get install coq")
def test_the_compilers_of_a_plugin_by_timecmd(project: Workspace) -> None:
    project.write("_CoqProject", PLUGIN + "theories/Base.v\n")
    project.write("src/answer.ml", "let answer = 42\n")
    project.write("src/demo_plugin.mlpack", "Answer\n")

    project.run("make", env={"TIMECMD": "rocq-exec"})

    assert (project.root / "src/demo_plugin.cmxs").exists()
    found = project.jobs(4)
    assert [job.file for job in found if job.kind == "vo"] == ["theories/Base.v"]
    ocaml = [job for job in found if job.kind == "other"]
    assert len(ocaml) >= 3, found  # compiled, packed, linked
    assert {job.verdict for job in found} == {"success"}


# Debian's compilers have native code switched off, so OCaml's part of it is left out; who is
# called, and how, is coq_makefile's own.
NATIVE = f"""\
#!/bin/sh
case "$0 $1" in *coqnative*|*native-precompile*) exit 0 ;; esac
exec {real()[0] if HAS_COMPILER else ""} "$@"
"""


def test_native_code(project: Workspace) -> None:
    project.write("_CoqProject", PROJECT + "-arg -native-compiler\n-arg yes\n")
    stand_in = project.write(f"bin/{'rocq' if is_rocq() else 'coqnative'}", NATIVE, 0o755)
    path = {"PATH": f"{stand_in.parent}:{project.env['PATH']}"}

    done = project.run("rocqshim", "run", "--", "make", "-j2", env=path)

    assert done.stdout.count("COQNATIVE") == len(FILES)
    assert project.files(2 * len(FILES)) == FILES
    natives = [job.file for job in project.jobs(0) if job.kind == "native"]
    assert natives == [f"{name}o" for name in FILES]
