"""Projects that set the compiler themselves: Makefiles of the same shape, written for this test.

Each is as docs/recipes.md has it, with the command that it gives.
"""

from __future__ import annotations

import shutil

import pytest
from workspace import FILES, REPOSITORY, Workspace, is_rocq

from rocqshim.makefile.include import render

COMPILE = "rocq compile" if is_rocq() else "coqc"
NAME = "ROCQ" if is_rocq() else "COQC"
DEPENDENCIES = """\
theories/Left.vo theories/Right.vo: theories/Base.vo
theories/Both.vo: theories/Left.vo theories/Right.vo
"""
# The command comes from a function of two arguments, and `=` hides what the environment has.
COMPCERT = f"""\
ifdef COQBIN
  COQCOMMAND ?= $(COQBIN)$({2 if is_rocq() else 1})
else
  COQCOMMAND ?= {"rocq $(2)" if is_rocq() else "$(1)"}
endif
COQC=$(call COQCOMMAND,coqc,compile) -q -R theories Demo
all: theories/Both.vo
{DEPENDENCIES}
%.vo: %.v
	@echo "COQC $*.v"
	@$(COQC) $*.v
"""
# The version must be in a list, and stdout of the compiler goes away.
VST = f"""\
COQC=$(COQBIN){"rocq compile" if is_rocq() else "coqc"}
COQV=$(shell $(COQC) --print-version)
ifeq ($(filter 8.% 9.%,$(firstword $(COQV))),)
  $(error not a version of Coq: $(COQV))
endif
all: theories/Both.vo
{DEPENDENCIES}
%.vo: %.v
	@echo COQC $*.v
	@$(COQC) -q -R theories Demo $*.v > /dev/null
"""
# Makefile.coq in the same make, and rules of its own beside its.
FIAT_CRYPTO = f"""\
all: theories/Both.vo extra/Own.vo
Makefile.coq: _CoqProject
	coq_makefile -f _CoqProject -o Makefile.coq
-include Makefile.coq
extra/Own.vo: extra/Own.v theories/Both.vo
	$(TIMER) $({NAME}) {"compile" if is_rocq() else ""} -q -R theories Demo -R extra Extra $<
"""
# The memory limit of before OCaml 5, for the whole of make.
UNIMATH = """\
LIMIT_MEMORY ?= no
MEMORY_LIMIT ?= 2500000
ifeq ($(LIMIT_MEMORY),yes)
EFFECTIVE_MEMORY_LIMIT = $(MEMORY_LIMIT)
else
EFFECTIVE_MEMORY_LIMIT = unlimited
endif
all: CoqMakefile.make
	ulimit -v $(EFFECTIVE_MEMORY_LIMIT); $(MAKE) -f CoqMakefile.make all
CoqMakefile.make: _CoqProject
	coq_makefile -f _CoqProject -o CoqMakefile.make
"""
# What is not checked in stays in Makefile.local, which the outer Makefile reads.
IRIS = """\
all: Makefile.rocq
	+@$(MAKE) -f Makefile.rocq all
Makefile.rocq: _CoqProject
	@coq_makefile -f _CoqProject -o Makefile.rocq
-include Makefile.local
"""


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    workspace.sources()
    listed = "\n".join(FILES)
    workspace.write("_CoqProject", f"-R theories Demo\n{listed}\n")
    return workspace


def makefile(project: Workspace, text: str) -> None:
    if not shutil.which("coq_makefile"):
        text = text.replace("coq_makefile", "rocq makefile")
    project.write("Makefile", text)


def assert_limited(project: Workspace, files: list[str] = FILES) -> None:
    """Each file is one job, and was built."""
    names = sorted(name.removesuffix(".v") for name in files)
    assert [name.removesuffix(".v") for name in project.files(len(files))] == names
    assert len(project.made()) == len(files)


def test_compcert_by_the_command_line(project: Workspace) -> None:
    makefile(project, COMPCERT)
    value = "rocq-exec rocq $(2)" if is_rocq() else "rocq-exec $(1)"

    project.run("make", "-j2", f"COQCOMMAND={value}")

    assert_limited(project)


def test_compcert_ignores_the_environment(project: Workspace) -> None:
    """Why a recipe is needed; and rocqshim run needs none, with its launchers in PATH."""
    makefile(project, COMPCERT)
    project.run("make", env={"COQC": "rocq-exec coqc", "ROCQ": "rocq-exec rocq"})
    assert project.jobs(0) == []
    for path in project.root.rglob("*.vo"):
        path.unlink()

    project.run("rocqshim", "run", "--", "make", "-j2")

    assert_limited(project)


def test_vst_by_the_command_line(project: Workspace) -> None:
    makefile(project, VST)

    project.run("make", "-j2", f"COQC=rocq-exec {COMPILE}")

    assert_limited(project)


def test_vst_by_launchers_in_path(project: Workspace) -> None:
    makefile(project, VST)

    project.run("rocqshim", "run", "--", "make", "-j2")

    assert_limited(project)


@pytest.mark.parametrize("way", ["TIMECMD", "include"])
def test_fiat_crypto(project: Workspace, way: str) -> None:
    text = FIAT_CRYPTO
    if way == "include":
        project.write("mk/rocq-limits.mk", render())
        text = text.replace(
            "-include Makefile.coq", "include mk/rocq-limits.mk\n-include Makefile.coq"
        )
    makefile(project, text)
    project.write("extra/Own.v", "From Demo Require Import Both.\nDefinition own := both.\n")
    env = {"TIMECMD": "rocq-exec"} if way == "TIMECMD" else {}

    project.run("make", "-j2", env=env)

    assert_limited(project, ["extra/Own.v", *FILES])


def test_unimath_with_its_own_limit_off(project: Workspace) -> None:
    makefile(project, UNIMATH)

    project.run("rocqshim", "run", "--", "make", "-j2")

    assert_limited(project)


def test_unimath_with_its_own_limit_on(project: Workspace) -> None:
    """Not ours to mend: OCaml 5 reserves more address space than that at its start."""
    makefile(project, UNIMATH)
    has_ocaml_5 = "OCaml 5." in project.run("coqc", "--version").stdout

    done = project.run("make", "LIMIT_MEMORY=yes", status=2 if has_ocaml_5 else 0)

    why = "Not enough heap memory to reserve minor heaps"
    assert (why in done.stdout + done.stderr) == has_ocaml_5


def test_iris_by_its_local_makefile(project: Workspace) -> None:
    makefile(project, IRIS)
    project.write("mk/rocq-limits.mk", render())
    project.write("Makefile.local", "include mk/rocq-limits.mk\n")

    project.run("make", "-j2")

    assert_limited(project)


def test_iris_by_one_line_without_the_include(project: Workspace) -> None:
    makefile(project, IRIS)
    project.write(
        "Makefile.local", "export COQC := rocq-exec coqc\nexport ROCQ := rocq-exec rocq\n"
    )

    project.run("make", "-j2")

    assert_limited(project)


def test_the_page_has_these_commands() -> None:
    page = (REPOSITORY / "docs/recipes.md").read_text()
    for text in (
        "make 'COQCOMMAND=rocq-exec $(1)'", "make 'COQCOMMAND=rocq-exec rocq $(2)'",
        "make COQC='rocq-exec coqc'", "TIMECMD=rocq-exec make",
        "export ROCQ := rocq-exec rocq",
    ):  # fmt: skip
        assert text in page
