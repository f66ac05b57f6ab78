"""What the include must not do to a Makefile that works without it."""

import re

import pytest
from make_project import Project

INCLUDE = "include mk/rocq-limits.mk\n"


@pytest.mark.parametrize(
    ("makefile", "made"),
    [
        (INCLUDE + "first: ; @echo one\nsecond: ; @echo two\n", "one"),
        ("first: ; @echo one\n" + INCLUDE + "second: ; @echo two\n", "one"),
        (INCLUDE + INCLUDE + "first: ; @echo one\n", "one"),
        (INCLUDE + ".DEFAULT_GOAL := second\nfirst: ; @echo one\nsecond: ; @echo two\n", "two"),
        (".DEFAULT_GOAL := second\n" + INCLUDE + "first: ; @echo one\nsecond: ; @echo two\n", "two"),  # noqa: E501
        (INCLUDE + "%.x: ; @echo pattern\nfirst: ; @echo one\n", "one"),
    ],
)  # fmt: skip
def test_the_default_goal_stays(project: Project, makefile: str, made: str) -> None:
    project.write("Makefile", makefile)

    done = project.run()

    assert done.stdout == f"{made}\n"
    assert done.stderr == ""


def test_alone_it_has_no_goal(project: Project) -> None:
    project.write("Makefile", INCLUDE)

    assert "No targets" in project.run().stderr


def database(project: Project, makefile: str) -> tuple[set[str], set[str]]:
    project.write("Makefile", makefile)
    text = project.run("-pnrR", "all").stdout
    variables = set(re.findall(r"^(?:override )?(?:define )?([^\s#:=]+) :{0,3}=", text, re.M))
    variables |= set(re.findall(r"^define (\S+)", text, re.M))
    targets = set(re.findall(r"^([^\s#:=%]+):(?!=)", text, re.M))
    return variables, targets


def test_every_name_it_defines_is_its_own(project: Project) -> None:
    before = database(project, "all: ;\n")
    after = database(project, INCLUDE + "all: ;\n")

    variables = {name for name in after[0] - before[0] if not name.startswith("rocqshim-")}
    assert variables == {"COQC", "ROCQ", "COQCHK", "ROCQ_EXEC"}
    targets = {".PHONY", "rocq-limits-status", "rocq-limits-stop", "mk/rocq-limits.mk"}
    assert after[1] - before[1] == targets


def test_what_it_exports(project: Project) -> None:
    """No name of ours, and no COQTOP: an interactive session is nothing to limit."""
    project.write("Makefile", "show: ; @env\n")
    before = set(re.findall(r"^(\w+)=", project.run().stdout, re.M))
    project.write("Makefile", INCLUDE + "export\nshow: ; @env\n")
    after = set(re.findall(r"^(\w+)=", project.run().stdout, re.M))

    added = {name for name in after - before if not name.startswith(("MAKE", "MFLAGS"))}
    assert added - {"SUFFIXES", "CURDIR", "GNUMAKEFLAGS"} == {"COQC", "ROCQ", "COQCHK", "ROCQ_EXEC"}


def test_no_warning_about_undefined_variables(project: Project) -> None:
    project.write("Makefile", INCLUDE + INCLUDE + "all:\n\t$(COQC) a.v\n")

    assert project.run("--warn-undefined-variables").stderr == ""
    assert project.run("--warn-undefined-variables", "COQC=coqc", "COQBIN=x").stderr == ""


def test_make_n_shows_the_wrapped_call_and_runs_nothing(project: Project) -> None:
    project.write("Makefile", INCLUDE + "all:\n\t$(COQC) a.v\n")

    done = project.run("-n")

    assert done.stdout == f"{project.bin}/rocq-exec coqc a.v\n"
    assert project.calls == []


@pytest.mark.parametrize("word", ["status", "stop"])
def test_the_targets_call_the_command_beside_the_launcher(project: Project, word: str) -> None:
    folder = project.bin.parent / "a b"
    project.program(folder / "rocq-exec")
    project.program(folder / "rocqshim", '#!/bin/sh\necho "there $*"\n')
    project.program(project.bin / "rocqshim", '#!/bin/sh\necho "in PATH $*"\n')
    project.write("Makefile", INCLUDE + "all: ;\n")
    project.write(f"rocq-limits-{word}", "a file of that name must not be in the way")

    assert project.run(f"rocq-limits-{word}").stdout == f"in PATH {word}\n"
    there = project.run(f"rocq-limits-{word}", f"ROCQ_EXEC={folder}/rocq-exec")
    assert there.stdout == f"there {word}\n"
