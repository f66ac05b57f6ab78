"""More than one make: delegation to coq_makefile's output, sub-directories, levels that include."""
# ruff: noqa: E501 - one case, one line

import pytest
from make_project import Project

INCLUDE = "include mk/rocq-limits.mk\n"
DELEGATE = "all:\n\t+$(MAKE) --no-print-directory -f CoqMakefile\n"
# The lines that count of coq_makefile's output, as facts/rocq-builds.md has them.
COMMON = """TIMED ?=
TIMECMD ?=
COQBIN ?=
ifneq (,$(COQBIN))
COQBIN := $(COQBIN)/
endif
STDTIME ?= env TIME=1
TIMER = $(if $(TIMED), $(STDTIME), $(TIMECMD))
-include CoqMakefile.local
"""
COQ_8 = (
    COMMON
    + """COQC ?= "$(COQBIN)coqc"
COQCHK ?= "$(COQBIN)coqchk"
VERSION := $(shell $(COQC) --print-version)
all: ; $(TIMER) $(COQC) -q a.v
validate: ; $(TIMER) $(COQCHK) a.vo
"""
)
ROCQ_9 = (
    COMMON
    + """ROCQ ?= "$(COQBIN)rocq"
COQC ?= "$(COQBIN)rocq" c
COQCHK ?= "$(COQBIN)rocqchk"
VERSION := $(shell $(ROCQ) --print-version)
all: ; $(TIMER) $(ROCQ) compile -q a.v
validate: ; $(TIMER) $(COQCHK) a.vo
"""
)
NESTED = INCLUDE + COQ_8  # the generated file includes it too, as with Makefile.local

# Name: CoqMakefile, make's arguments, environment, what the launcher is given.
DELEGATED = {
    "8": (COQ_8, [], {}, ["[coqc] [--print-version]", "[coqc] [-q] [a.v]"]),
    "9": (ROCQ_9, [], {}, ["[rocq] [--print-version]", "[rocq] [compile] [-q] [a.v]"]),
    "8, included again": (NESTED, [], {}, ["[coqc] [--print-version]", "[coqc] [-q] [a.v]"]),
    "8, timed": (COQ_8, ["TIMED=1"], {}, ["[coqc] [--print-version]", "[coqc] [-q] [a.v]"]),
    "9, timed": (ROCQ_9, ["TIMED=1"], {}, ["[rocq] [--print-version]", "[rocq] [compile] [-q] [a.v]"]),
    "8, COQBIN": (COQ_8, [], {"COQBIN": "{bin}"}, ["[{bin}/coqc] [--print-version]", "[{bin}/coqc] [-q] [a.v]"]),
    "9, COQBIN": (ROCQ_9, ["COQBIN={bin}/"], {}, ["[{bin}/rocq] [--print-version]", "[{bin}/rocq] [compile] [-q] [a.v]"]),
    "8, environment": (COQ_8, [], {"COQC": '"{bin}/my coqc" -x'}, ["[{bin}/my coqc] [-x] [--print-version]", "[{bin}/my coqc] [-x] [-q] [a.v]"]),
    "8, command line": (COQ_8, ['COQC="{bin}/my coqc" -x', "X=1 2"], {}, ["[{bin}/my coqc] [-x] [--print-version]", "[{bin}/my coqc] [-x] [-q] [a.v]"]),
    "8, command line, included again": (NESTED, ['COQC="{bin}/my coqc"'], {}, ["[{bin}/my coqc] [--print-version]", "[{bin}/my coqc] [-q] [a.v]"]),
    "8, command line, backslash and $": (COQ_8, ["COQC=coqc \\\\ '$$x'"], {}, ["[coqc] [\\] [$x] [--print-version]", "[coqc] [\\] [$x] [-q] [a.v]"]),
    "9, command line": (ROCQ_9, ["ROCQ={bin}/rocq"], {}, ["[{bin}/rocq] [--print-version]", "[{bin}/rocq] [compile] [-q] [a.v]"]),
    "8, make -e": (COQ_8, ["-e"], {"COQC": "{bin}/coqc"}, ["[{bin}/coqc] [--print-version]", "[{bin}/coqc] [-q] [a.v]"]),
    "8, TIMECMD too": (COQ_8, [], {"TIMECMD": "rocq-exec"}, ["[coqc] [--print-version]", "[{bin}/rocq-exec] [coqc] [-q] [a.v]", "[coqc] [-q] [a.v]"]),
    "8, jobs": (COQ_8, ["-j2"], {}, ["[coqc] [--print-version]", "[coqc] [-q] [a.v]"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DELEGATED)
def test_an_outer_makefile_that_delegates(project: Project, name: str) -> None:
    inner, args, env, expected = DELEGATED[name]
    here = str(project.bin)
    project.program(project.bin / "my coqc")
    project.write("Makefile", INCLUDE + DELEGATE)
    project.write("CoqMakefile", inner)

    done = project.run(
        *(arg.replace("{bin}", here) for arg in args),
        env={key: value.replace("{bin}", here) for key, value in env.items()},
    )

    assert done.returncode == 0, done.stderr
    assert project.launched() == [line.replace("{bin}", here) for line in expected]
    assert done.stderr == ""  # no warning of ours, and none of make's about its jobserver


def test_three_levels_that_all_include_it_wrap_once(project: Project) -> None:
    again = "all:\n\t+$(MAKE) -C sub\n"
    project.write("Makefile", INCLUDE + again)
    project.write("sub/Makefile", "include ../mk/rocq-limits.mk\n" + again)
    project.write("sub/sub/Makefile", "include ../../mk/rocq-limits.mk\nall: ; $(COQC) a.v\n")

    done = project.run("-j4", "COQC=coqc -x")
    assert done.returncode == 0, done.stderr
    assert project.launched() == ["[coqc] [-x] [a.v]"]

    project.run()
    assert project.launched() == ["[coqc] [a.v]"]
    project.run(cwd="sub/sub")
    assert project.launched() == ["[coqc] [a.v]"]


def test_coq_makefile_s_output_included_in_the_same_make(project: Project) -> None:
    """As fiat-crypto does it: the rules of both are in one make, in either order."""
    project.write("CoqMakefile", COQ_8)
    for makefile in (f"{INCLUDE}include CoqMakefile\n", f"include CoqMakefile\n{INCLUDE}"):
        project.write("Makefile", makefile)

        done = project.run("all", "validate")

        assert done.returncode == 0, done.stderr
        assert project.launched()[-2:] == ["[coqc] [-q] [a.v]", "[coqchk] [a.vo]"]


def test_the_checker_of_a_sub_make(project: Project) -> None:
    for inner, folder in ((COQ_8, project.bin), (ROCQ_9, project.bin.with_name("rocq-9"))):
        project.program(folder / "rocqchk") if inner is ROCQ_9 else None
        project.program(folder / "rocq")
        project.write("Makefile", INCLUDE + "check:\n\t+$(MAKE) -f CoqMakefile validate\n")
        project.write("CoqMakefile", inner)

        project.run(env={"PATH": f"{folder}:{project.path}"})

        checker = "rocqchk" if inner is ROCQ_9 else "coqchk"
        assert project.launched()[-1] == f"[{checker}] [a.vo]"


def test_what_coqmakefile_local_sets_wins(project: Project) -> None:
    project.write("Makefile", INCLUDE + DELEGATE)
    project.write("CoqMakefile", COQ_8)
    project.write("CoqMakefile.local", "COQC := coqc -mine\n")

    project.run()

    assert project.calls[-1] == "coqc [-mine] [-q] [a.v]"
    assert project.launched() == []


def test_a_catch_all_rule_does_not_remake_the_include(project: Project) -> None:
    project.write("CoqMakefile", COQ_8 + "a.vo: ; $(COQC) -q a.v\n")
    rule = "%: CoqMakefile\n\t+$(MAKE) --no-print-directory -f CoqMakefile $@\n"
    project.write("Makefile", f"{INCLUDE}all: a.vo ;\n{rule}Makefile CoqMakefile: ;\n")

    done = project.run()

    assert done.returncode == 0, done.stderr
    assert project.launched() == ["[coqc] [--print-version]", "[coqc] [-q] [a.v]"]
    assert "rocq-limits" not in done.stdout + done.stderr


def test_jobs_of_sub_makes_run_at_once(project: Project) -> None:
    """Two recipes that wait for each other end only if make's jobserver reached the sub-make."""
    meet = "touch $@; while ! test -f $(OTHER); do sleep 0.01; done\n"
    project.write("Makefile", INCLUDE + "all:\n\t+$(MAKE) -f CoqMakefile one two\n")
    project.write("CoqMakefile", f"two: OTHER = one\none: OTHER = two\none two:\n\t{meet}")

    done = project.run("-j2")

    assert done.returncode == 0, done.stderr
