"""``rocqshim doctor -- COMMAND`` on real builds, of which nothing may be compiled."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from .installed import Installed
from .looked import PLAIN, look

# The shape of what Rocq 9.2's coq_makefile writes: no recipe uses COQC.
ROCQ_9 = """\
## GNUMakefile for Rocq 9.2.0
ROCQ ?= "$(COQBIN)rocq"
COQC ?= "$(COQBIN)rocq" c
VERSION := $(shell $(ROCQ) --print-version)
all: a.vo
%.vo: %.v
\t$(TIMER) $(ROCQ) compile -q $<
"""


@pytest.fixture(autouse=True)
def sources(here: Installed) -> None:
    for name in "ab":
        here.write(f"{name}.v", "Definition x := 1.\n")


def test_calls_past_the_launcher_and_how_to_get_them_through(here: Installed) -> None:
    here.write("Makefile", PLAIN)

    status, checks = look(here, "make", "-j8")

    assert status == 1
    assert checks["make"]["found"] == (
        "2 compiler calls, 2 past rocq-exec, first: a.v (coqc -q a.v)"
    )
    assert "COQC='rocq-exec coqc' make -j8" in checks["make"]["mend"]
    assert checks["rocqshim run"]["found"] == "2 compiler calls, all through rocq-exec"


def test_all_is_well_with_the_variable(here: Installed) -> None:
    here.write("Makefile", PLAIN)

    status, checks = look(here, "make", "-j8", COQC="rocq-exec coqc")

    assert status == 0
    assert "COQC = rocq-exec coqc (environment)" in checks["integration"]["found"]


def test_and_with_rocqshim_run_alone(here: Installed) -> None:
    here.write("Makefile", PLAIN)

    status, checks = look(here, "rocqshim", "run", "--log", "x", "--", "make")

    assert status == 0 and "make" not in checks


@pytest.mark.parametrize(
    "options",
    [
        ("--stderr-logs", "logs", "--"),
        ("--timed", "--log", "x", "--progress", "--stderr-logs=logs", "--profile", "single"),
    ],
)
def test_whatever_options_it_has(here: Installed, options: tuple[str, ...]) -> None:
    here.write("Makefile", PLAIN)

    status, checks = look(here, "rocqshim", "run", *options, "make")

    assert (status, checks["rocqshim run"]["found"]) == (
        0,
        "2 compiler calls, all through rocq-exec",
    )


def test_options_that_run_does_not_have_are_refused_as_by_run(here: Installed) -> None:
    done = here.run("doctor", "--", "rocqshim", "run", "--nothing", "--", "make")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("rocqshim run -- make --nothing\n")


def test_the_text_ends_with_a_conclusion(here: Installed) -> None:
    here.write("Makefile", PLAIN)

    done = here.run("doctor", "--", "make")

    conclusion = "some compiler calls are not limited, or could not be seen; degraded: make"
    assert done.stdout.splitlines()[-1] == conclusion
    assert done.stderr == ""


def test_what_is_up_to_date_is_looked_at_with_b(here: Installed) -> None:
    here.write("Makefile", PLAIN)
    subprocess.run(["touch", "a.vo", "b.vo"], cwd=here.work, check=True)

    status, checks = look(here, "make", COQC="rocq-exec coqc")

    assert status == 0
    assert checks["make"]["found"].startswith("2 compiler calls (with -B; none without it), all")


def test_a_launcher_in_path_is_found_behind_the_guards(here: Installed) -> None:
    """As `rocqshim shims` writes them; a + recipe and a probe go through it as well."""
    here.write("Makefile", "V := $(shell coqc --print-version)\nall: b.vo\n\t+coqc -q a.v\n")
    with (here.work / "Makefile").open("a") as makefile:
        makefile.write("b.vo: b.v\n\tcoqc -q b.v\n")
    behind = shutil.which("coqc")
    here.program("coqc", f'#!/bin/sh\n# rocqshim launcher for coqc.\nexec {behind} "$@"\n')

    status, checks = look(here, "make")

    assert status == 0
    assert checks["make"]["found"] == "2 compiler calls, all through rocq-exec"
    assert checks["integration"]["found"] == "coqc in PATH is a launcher"


def test_sub_makes_in_other_folders(here: Installed) -> None:
    here.write("Makefile", "all:\n\t$(MAKE) -C sub\n\t$(MAKE) -C sub again\n")
    here.write("sub/Makefile", PLAIN + "again:\n\trocq-exec coqc -q a.v\n")
    for name in "ab":
        here.write(f"sub/{name}.v", "")

    _, checks = look(here, "make", "-j4")

    assert checks["make"]["found"].startswith("3 compiler calls, 2 past rocq-exec, first: a.v")


# As rocqshim run would have it ----------------------------------------------------------------

BY_NAME = {
    "plain": "B.vo: A.vo\n%.vo: %.v\n\tcoqc -q $<\n",
    "VST": "COQC=$(COQBIN)coqc\n%.vo: %.v\n\t@$(COQC) -q -R . T $< >/dev/null\n",
    "CompCert": (
        "COQCOMMAND ?= $(COQBIN)$(1)\nCOQC=$(call COQCOMMAND,coqc) -q\n"
        "%.vo: %.v\n\t@echo COQC $<\n\t@$(COQC) $<\n"
    ),
    "UniMath": "%.vo: %.v\n\tulimit -t 99; $(MAKE) -f sub.mk $@\n",
}


@pytest.mark.parametrize("shape", BY_NAME)
def test_rocqshim_run_reaches_a_compiler_by_its_name(here: Installed, shape: str) -> None:
    """It puts launchers before PATH; what doctor says of it is what it does."""
    here.write("Makefile", f"all: a.vo b.vo\n{BY_NAME[shape]}")
    here.write("sub.mk", "%.vo: %.v\n\tcoqc -q $<\n")

    _, checks = look(here, "make", "-j2")
    status, behind = look(here, "rocqshim", "run", "--", "make", "-j2")
    done = here.run("run", "--", "make", "-j2")

    assert checks["make"]["status"] == "degraded"
    for found in (checks, behind):
        assert found["rocqshim run"]["found"] == "2 compiler calls, all through rocq-exec"
    assert status == 0
    assert "rocqshim: 2 jobs in" in done.stderr


def test_rocqshim_run_reaches_it_past_the_command_line(here: Installed) -> None:
    here.write("Makefile", PLAIN)

    _, checks = look(here, "make", "COQC=coqc")

    assert checks["make"]["status"] == "degraded"
    assert checks["rocqshim run"]["status"] == "ok"


def test_the_settings_are_those_of_rocqshim_run(here: Installed) -> None:
    here.settings('enforce = "off"')
    here.write("Makefile", PLAIN)

    status, checks = look(here, "make", COQC="rocq-exec coqc")

    assert status == 2 and list(checks) == ["settings"]


# What cannot be seen -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "recipe",
    ["X=$$(command -v coqc); $$X -q a.v", 'printf "coqc a.v" | sh', "./build.sh", "make -f other"],
)
def test_a_recipe_that_cannot_be_looked_into(here: Installed, recipe: str) -> None:
    here.write("Makefile", f"all: ; {recipe}\n")

    status, checks = look(here, "make")

    assert status == 1
    for name in ("make", "rocqshim run"):
        assert checks[name]["means"] == "whether it is limited cannot be told"
        assert "unknown is what this starts: " in checks[name]["found"]


@pytest.mark.parametrize("option", ["--help", "-v"])
def test_a_make_that_tells_of_no_build(here: Installed, option: str) -> None:
    here.write("Makefile", PLAIN)

    status, checks = look(here, "make", option)

    assert (status, checks["make"]["found"]) == (1, f"make told of no build: {option}")


@pytest.mark.parametrize("recipe", ["rm -f a.vo", ""])
def test_a_build_without_a_compiler(here: Installed, recipe: str) -> None:
    here.write("Makefile", f"all: ; {recipe}\n")

    status, checks = look(here, "make")

    assert (status, checks["make"]["found"]) == (0, "no compiler call, even with -B")


# What runs even with -n ----------------------------------------------------------------------


def test_plus_recipes_and_shell_functions_compile_nothing(here: Installed) -> None:
    makefile = (
        "V := $(shell coqc --print-version)\n"
        "W := $(shell coqc -q a.v; echo $$?)\n"
        "all:\n\t+coqc -q b.v\n\t@+rocq-exec coqc -q b.v\n\t@echo $(V) $(W)\n"
    )
    here.write("Makefile", makefile)

    status, checks = look(here, "make")

    assert status == 1
    assert checks["make"]["found"].startswith("3 compiler calls, 2 past rocq-exec, first: b.v")
    assert checks["make -n"]["found"].startswith("3 compilers that run even with -n")


def test_the_compilers_of_coqbin_are_guarded_too(here: Installed) -> None:
    folder = here.folder / "opam/bin"
    folder.mkdir(parents=True)
    for name in ("coqc", "coqdep"):
        (folder / name).symlink_to(str(shutil.which(name)))
    here.write("Makefile", 'all:\n\t+"$(COQBIN)coqc" -q a.v\n\t+$(COQBIN)coqdep a.v\n')

    _, checks = look(here, "make", COQBIN=f"{folder}/")

    assert checks["make"]["found"].endswith(f"first: a.v ({folder}/coqc -q a.v)")


def test_a_probe_gets_the_real_answer(here: Installed) -> None:
    text = "V := $(shell coqc --print-version)\nall: $(if $(findstring 8.,$(V)),a.vo,nothing)\n"
    here.write("Makefile", f"{text}%.vo: %.v\n\tcoqc $<\n")
    here.program("coqc", "#!/bin/sh\necho 8.16.1\n")

    _, checks = look(here, "make")

    assert checks["make"]["found"].startswith("1 compiler call, 1 past")
    assert "recipes name coqc themselves" in checks["make"]["means"]


# coq_makefile --------------------------------------------------------------------------------


@pytest.fixture
def coq_makefile(here: Installed) -> None:
    here.write("_CoqProject", "-R . Demo\na.v\nb.v\n")
    words = ["coq_makefile", "-f", "_CoqProject", "-o", "Makefile"]
    subprocess.run(words, cwd=here.work, check=True)


@pytest.mark.parametrize(
    ("words", "env", "status", "said"),
    [
        ([], {}, 1, "nothing sets COQC"),
        ([], {"COQC": "rocq-exec coqc"}, 0, ""),
        ([], {"TIMECMD": "rocq-exec"}, 0, ""),
        (["TIMED=1"], {"TIMECMD": "rocq-exec"}, 1, "TIMED=1 puts `time` in the place of TIMECMD"),
        (["COQC=coqc"], {"COQC": "rocq-exec coqc"}, 1, "COQC=coqc on the command line wins"),
    ],
    ids=["plain", "COQC", "TIMECMD", "TIMED", "command-line"],
)
@pytest.mark.usefixtures("coq_makefile")
def test_coq_makefile(
    here: Installed, words: list[str], env: dict[str, str], status: int, said: str
) -> None:
    found, checks = look(here, "make", *words, **env)

    assert found == status
    assert said in checks["make"]["means"]
    assert "Makefile is by coq_makefile of 8." in checks["integration"]["found"]


def test_rocq_9_wants_rocq(here: Installed) -> None:
    here.write("Makefile", ROCQ_9)
    here.program("rocq", "#!/bin/sh\necho 9.2.0\n")

    status, checks = look(here, "make", COQC="rocq-exec coqc")

    assert status == 1
    assert (
        "Makefile was generated by Rocq 9.2.0: its recipes use $(ROCQ); COQC has no effect"
        in (checks["make"]["means"])
    )
    assert look(here, "make", ROCQ="rocq-exec rocq")[0] == 0
    assert look(here, "make", ROCQ="rocq-exec")[0] == 0


def test_a_makefile_that_is_not_there_yet(here: Installed) -> None:
    makefile = "all: CoqMakefile\n\t+$(MAKE) -f CoqMakefile\nCoqMakefile: _CoqProject\n\ttouch $@\n"
    here.write("Makefile", makefile)
    here.write("_CoqProject", "")

    status, checks = look(here, "make")

    assert status == 1
    assert "CoqMakefile: No such file or directory" in checks["make -n"]["found"]
    assert checks["make -n"]["mend"].startswith("make CoqMakefile, and once more")


@pytest.mark.parametrize("words", ["make -f -", "rocqshim run -- make -kf-"])
def test_a_makefile_on_stdin_is_read(here: Installed, words: str) -> None:
    here.program("coqc", "#!/bin/sh\n")

    done = here.run("doctor", "--", *words.split(), input="all:\n\tcoqc -q A.v\n")

    assert "1 compiler call" in done.stdout and "No targets" not in done.stdout, done
