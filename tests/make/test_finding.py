"""Where the launcher is looked for, and what happens if it is not there."""

from pathlib import Path

import pytest
from make_project import LAUNCHER, Project

INCLUDE = "include mk/rocq-limits.mk\n"
MAKEFILE = INCLUDE + "all:\n\t$(COQC) a.v\n"
MISSING = "rocq-exec is not found, nothing is limited: pip install rocqshim, or set ROCQ_EXEC"


def elsewhere(project: Project, folder: str) -> Path:
    """The launcher moved out of PATH into a folder; it still records as rocq-exec."""
    (project.bin / "rocq-exec").unlink()
    return project.program(project.bin.parent / folder / "rocq-exec", LAUNCHER)


@pytest.mark.parametrize("folder", ["x", "a b", "it's (x86) & more"])
def test_the_launcher_named_by_a_path(project: Project, folder: str) -> None:
    launcher = elsewhere(project, folder)
    project.write("Makefile", MAKEFILE)

    for args, env in (
        ([f"ROCQ_EXEC={launcher}"], {}),
        ([], {"ROCQ_EXEC": str(launcher)}),
        ([f"ROCQ_EXEC=../{folder}/rocq-exec"], {}),
    ):
        done = project.run(*args, env=env)

        assert done.returncode == 0, done.stderr
        assert project.launched() == ["[coqc] [a.v]"]


def test_a_relative_path_holds_in_sub_directories(project: Project) -> None:
    elsewhere(project, "my project/tools")
    project.write("Makefile", f"ROCQ_EXEC = tools/rocq-exec\n{INCLUDE}all: ; $(MAKE) -C sub\n")
    project.write("sub/Makefile", "include ../mk/rocq-limits.mk\nall: ; $(COQC) a.v\n")

    done = project.run()

    assert project.launched() == ["[coqc] [a.v]"]
    assert done.stderr == ""


def test_a_launcher_of_another_name_is_known_again(project: Project) -> None:
    launcher = project.program(project.bin.parent / "my-launcher", LAUNCHER)
    project.write("Makefile", f"ROCQ_EXEC = {launcher}\n{INCLUDE}all: ; $(MAKE) -C sub\n")
    project.write("sub/Makefile", "include ../mk/rocq-limits.mk\nall: ; $(COQC) a.v\n")

    project.run()

    assert project.calls == ["my-launcher [coqc] [a.v]", "coqc [a.v]"]


def test_a_launcher_of_another_name_leaves_rocq_exec_alone(project: Project) -> None:
    launcher = project.program(project.bin.parent / "my-launcher", LAUNCHER)
    project.write("Makefile", MAKEFILE)

    project.run(f"ROCQ_EXEC={launcher}", env={"COQC": "rocq-exec coqc"})

    assert project.calls == ["rocq-exec [coqc] [a.v]", "coqc [a.v]"]


@pytest.mark.parametrize(
    "path", ["{dir}/a b:{path}", "{path}:{dir}/a b", "/c/Program Files/x:{path}:{dir}/a b"]
)
def test_folders_of_path_with_spaces(project: Project, path: str) -> None:
    elsewhere(project, "a b")
    project.write("Makefile", MAKEFILE)

    done = project.run(env={"PATH": path.format(dir=project.bin.parent, path=project.path)})

    assert done.returncode == 0, done.stderr
    assert project.launched() == ["[coqc] [a.v]"]


def test_relative_folders_of_path_are_not_searched(project: Project) -> None:
    elsewhere(project, "my project")
    project.write("Makefile", MAKEFILE)

    done = project.run(env={"PATH": f".:{project.path}:"})

    assert MISSING in done.stderr
    assert project.calls == ["coqc [a.v]"]


def test_a_link_to_a_launcher_that_is_gone_is_passed_over(project: Project) -> None:
    elsewhere(project, "later")
    (project.bin / "rocq-exec").symlink_to("/nowhere/rocq-exec")
    project.write("Makefile", MAKEFILE)

    assert MISSING in project.run().stderr
    project.run(env={"PATH": f"{project.path}:{project.bin.parent}/later"})
    assert project.launched() == ["[coqc] [a.v]"]


def test_without_a_launcher_the_build_is_plain_with_one_warning(project: Project) -> None:
    (project.bin / "rocq-exec").unlink()
    twice = "\t+$(MAKE) -C s\n" * 2
    project.write("Makefile", f"{INCLUDE}all: ; $(COQC) a.v\n{twice}")
    project.write(
        "s/Makefile", "COQC ?= coqc -w x\ninclude ../mk/rocq-limits.mk\nall: ; $(COQC) b.v\n"
    )

    done = project.run()

    assert done.returncode == 0, done.stderr
    assert project.calls == ["coqc [a.v]", "coqc [-w] [x] [b.v]", "coqc [-w] [x] [b.v]"]
    assert len(done.stderr.splitlines()) == 1
    assert MISSING in done.stderr
    assert MISSING not in done.stdout


def test_one_warning_too_when_make_starts_again(project: Project) -> None:
    """After it has remade a makefile, make executes itself with its first environment."""
    (project.bin / "rocq-exec").unlink()
    project.write(
        "Makefile", INCLUDE + "-include made.mk\nmade.mk: ; touch $@\nall: ; $(COQC) a.v\n"
    )

    done = project.run("all")

    assert (project.root / "made.mk").exists()
    assert done.stderr.count("nothing is limited") == 1


def test_a_path_that_is_not_there_is_named(project: Project) -> None:
    project.write("Makefile", MAKEFILE)

    done = project.run("ROCQ_EXEC=/nowhere/rocq-exec")

    assert "/nowhere/rocq-exec is not found" in done.stderr
    assert project.calls == ["coqc [a.v]"]


def test_the_line_of_the_docs_that_makes_a_missing_launcher_an_error(project: Project) -> None:
    docs = (Path(__file__).parents[2] / "docs/make.md").read_text()
    line = next(line.strip() for line in docs.splitlines() if "$(error" in line)
    project.write("Makefile", f"{MAKEFILE}{line}\n")

    assert project.run().returncode == 0
    done = project.run("ROCQ_EXEC=")
    assert "this project needs rocqshim" in done.stderr
    assert project.calls == []


def test_an_empty_launcher_switches_limits_off_silently(project: Project) -> None:
    project.write("Makefile", "COQC = coqc -w x\n" + MAKEFILE + "\t$(COQCHK) a.vo\n")

    done = project.run("ROCQ_EXEC=")

    assert done.stderr == ""
    assert project.calls == ["coqc [-w] [x] [a.v]", "coqchk [a.vo]"]


def shell_calls(project: Project, path: str) -> list[str]:
    shell = project.program(project.bin.parent / "shell", 'echo "shell" >> "$CALLS"\n')
    shell.write_text('#!/bin/sh\necho shell >> "$CALLS"\nexec /bin/sh "$@"\n')
    project.write("Makefile", f"SHELL = {shell}\n{INCLUDE}all: ;\n")
    project.run(env={"PATH": path})
    return project.calls


def test_no_process_is_started_while_make_reads_it(project: Project) -> None:
    assert shell_calls(project, project.path) == []
    assert shell_calls(project, f"/a b:{project.path}") == []


def test_one_process_where_path_has_spaces_and_no_launcher_is_found(project: Project) -> None:
    elsewhere(project, "a b")

    assert shell_calls(project, f"{project.path}:/a b") == ["shell"]
