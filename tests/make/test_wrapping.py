"""Who is called with what: the caller's own settings, in one Makefile that runs the compiler."""
# ruff: noqa: E501 - one case, one line

import pytest
from make_project import Project

INCLUDE = "include mk/rocq-limits.mk\n"
RULE = "all:\n\t$(COQC) -q a.v\n"
# Makefile, make's arguments, environment, what the launcher is given. {bin}: the compilers.
WRAPPED = {
    "nothing set": (INCLUDE + RULE, [], {}, "[coqc] [-q] [a.v]"),
    "include last": (RULE + INCLUDE, [], {}, "[coqc] [-q] [a.v]"),
    "included twice": (INCLUDE + INCLUDE + RULE, [], {}, "[coqc] [-q] [a.v]"),
    "twice, COQC between": (
        INCLUDE + "COQC = {bin}/coqc -w x\n" + INCLUDE + RULE,
        [],
        {},
        "[{bin}/coqc] [-w] [x] [-q] [a.v]",
    ),
    "default of the project after it": (
        INCLUDE + "COQC ?= nothing\n" + RULE,
        [],
        {},
        "[coqc] [-q] [a.v]",
    ),
    "Makefile, =": ("COQC = {bin}/coqc -w x\n" + INCLUDE + RULE, [], {}, "[{bin}/coqc] [-w] [x] [-q] [a.v]"),
    "Makefile, :=": ("COQC := {bin}/coqc -w x\n" + INCLUDE + RULE, [], {}, "[{bin}/coqc] [-w] [x] [-q] [a.v]"),
    "Makefile, override": ("override COQC = {bin}/coqc\n" + INCLUDE + RULE, [], {}, "[{bin}/coqc] [-q] [a.v]"),
    "Makefile, quoted": ("COQC = coqc '-w a b' \"c d\"\n" + INCLUDE + RULE, [], {}, "[coqc] [-w a b] [c d] [-q] [a.v]"),
    "Makefile, of a variable set later": (
        "COQC = $(WHERE)coqc\n" + INCLUDE + "WHERE = {bin}/\n" + RULE,
        [],
        {},
        "[{bin}/coqc] [-q] [a.v]",
    ),
    "Makefile, of the target": ("COQC = coqc -o $@\n" + INCLUDE + RULE, [], {}, "[coqc] [-o] [all] [-q] [a.v]"),
    "Makefile, #": ("COQC = coqc '\\#x'\n" + INCLUDE + RULE, [], {}, "[coqc] [#x] [-q] [a.v]"),
    "Makefile, $": ("COQC := coqc '$$x'\n" + INCLUDE + RULE, [], {}, "[coqc] [$x] [-q] [a.v]"),
    "environment": (INCLUDE + RULE, [], {"COQC": "{bin}/coqc -w x"}, "[{bin}/coqc] [-w] [x] [-q] [a.v]"),
    "environment, empty": (INCLUDE + RULE, [], {"COQC": ""}, "[coqc] [-q] [a.v]"),
    "environment, make -e": (INCLUDE + RULE, ["-e"], {"COQC": "{bin}/coqc"}, "[{bin}/coqc] [-q] [a.v]"),
    "command line": (INCLUDE + RULE, ["COQC={bin}/coqc -w x"], {}, "[{bin}/coqc] [-w] [x] [-q] [a.v]"),
    "command line, :=": (INCLUDE + RULE, ["COQC:={bin}/coqc"], {}, "[{bin}/coqc] [-q] [a.v]"),
    "assignment before the program": (
        INCLUDE + RULE,
        [],
        {"COQC": "A=1 coqc"},
        "[env] [A=1] [coqc] [-q] [a.v]",
    ),
    "= in a path": (INCLUDE + RULE, [], {"COQC": "{bin}/a=b/coqc"}, "[{bin}/a=b/coqc] [-q] [a.v]"),
    "COQBIN with slash": (INCLUDE + RULE, [], {"COQBIN": "{bin}/"}, "[{bin}/coqc] [-q] [a.v]"),
    "COQBIN without slash": (INCLUDE + RULE, [], {"COQBIN": "{bin}"}, "[{bin}/coqc] [-q] [a.v]"),
    "COQBIN, command line": (INCLUDE + RULE, ["COQBIN={bin}"], {}, "[{bin}/coqc] [-q] [a.v]"),
    "COQBIN set after it": (INCLUDE + "COQBIN = {bin}\n" + RULE, [], {}, "[{bin}/coqc] [-q] [a.v]"),
    "COQBIN with a space": (INCLUDE + RULE, [], {"COQBIN": "{bin}/a  b/"}, "[{bin}/a  b/coqc] [-q] [a.v]"),
    "wrapped by the caller": (INCLUDE + RULE, [], {"COQC": "rocq-exec coqc -w x"}, "[coqc] [-w] [x] [-q] [a.v]"),
    "wrapped by the caller, path": (INCLUDE + RULE, [], {"COQC": "{bin}/rocq-exec coqc"}, "[coqc] [-q] [a.v]"),
    "wrapped by the caller, quoted": (INCLUDE + RULE, [], {"COQC": "'{bin}/rocq-exec' coqc"}, "[coqc] [-q] [a.v]"),
    "wrapped by the caller, command line": (INCLUDE + RULE, ["COQC=rocq-exec coqc"], {}, "[coqc] [-q] [a.v]"),
    "wrapped below env": (INCLUDE + RULE, [], {"COQC": "env A=1 rocq-exec coqc"}, "[coqc] [-q] [a.v]"),
    "make -R -r": (INCLUDE + RULE, ["-R", "-r"], {}, "[coqc] [-q] [a.v]"),
    "ROCQ": (INCLUDE + "all:\n\t$(ROCQ) compile a.v\n", [], {}, "[rocq] [compile] [a.v]"),
    "ROCQ, environment": (INCLUDE + "all:\n\t$(ROCQ) c a.v\n", [], {"ROCQ": "{bin}/rocq"}, "[{bin}/rocq] [c] [a.v]"),
    "COQCHK": (INCLUDE + "all:\n\t$(COQCHK) a.vo\n", [], {}, "[coqchk] [a.vo]"),
    "another recipe prefix": (".RECIPEPREFIX = >\n" + INCLUDE + "all:\n>$(COQC) a.v\n", [], {}, "[coqc] [a.v]"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_the_real_compiler_is_called_through_the_launcher(project: Project, name: str) -> None:
    makefile, args, env, expected = WRAPPED[name]
    for folder in ("a=b", "a  b"):
        project.program(project.bin / folder / "coqc")
    here = str(project.bin)
    project.write("Makefile", makefile.replace("{bin}", here))

    done = project.run(
        *(arg.replace("{bin}", here) for arg in args),
        env={key: value.replace("{bin}", here) for key, value in env.items()},
    )

    assert done.returncode == 0, done.stderr
    assert project.launched() == [expected.replace("{bin}", here)]
    assert done.stderr == ""


@pytest.mark.parametrize("value", ["ulimit -s 100; coqc", "true && coqc", "exec coqc", "@coqc"])
def test_a_shell_command_is_left_alone_with_a_warning(project: Project, value: str) -> None:
    project.write("Makefile", f"COQC = {value}\n{INCLUDE}{RULE}")

    done = project.run()

    assert done.returncode == 0, done.stderr
    assert project.calls == ["coqc [-q] [a.v]"]
    assert "COQC is a shell command and stays unlimited" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_rocq_without_the_old_names_is_called_by_its_own(project: Project) -> None:
    only_rocq = project.bin.with_name("rocq-9")
    for name in ("rocq", "rocqchk"):
        project.program(only_rocq / name)
    project.write("Makefile", INCLUDE + "all:\n\t$(COQC) a.v\n\t$(COQCHK) a.vo\n")

    project.run(env={"PATH": f"{only_rocq}:{project.path}"})
    assert project.launched() == ["[rocq] [c] [a.v]", "[rocqchk] [a.vo]"]

    project.run(env={"COQBIN": f"{only_rocq}"})
    assert project.launched() == [f"[{only_rocq}/rocq] [c] [a.v]", f"[{only_rocq}/rocqchk] [a.vo]"]


def test_the_compilers_that_come_first_in_path_are_taken(project: Project) -> None:
    old = project.bin.with_name("old")
    for name in ("coqc", "coqchk"):
        project.program(old / name)
    project.program(project.bin / "rocqchk")
    project.write("Makefile", INCLUDE + "all:\n\t$(COQC) a.v\n\t$(COQCHK) a.vo\n")

    project.run(env={"PATH": f"{old}:{project.path}"})

    assert project.launched() == ["[coqc] [a.v]", "[coqchk] [a.vo]"]
