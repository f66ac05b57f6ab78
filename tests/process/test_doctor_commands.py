"""``rocqshim doctor -- COMMAND`` where that is not make: dune, opam, scripts; and how it ends."""

from __future__ import annotations

import os
import shutil
import signal

import pytest

from .installed import Installed, eventually
from .looked import PLAIN, look


@pytest.fixture(autouse=True)
def sources(here: Installed) -> None:
    for name in "ab":
        here.write(f"{name}.v", "Definition x := 1.\n")


def dune_project(here: Installed, dune: str) -> None:
    here.write("dune-project", "(lang dune 2.5)\n(using coq 0.2)\n")
    here.write("dune", dune)


def test_dune_theories_take_the_compiler_of_path(here: Installed) -> None:
    dune_project(here, "(coq.theory (name T))")

    status, checks = look(here, "dune", "build")

    assert status == 1
    assert checks["dune"]["found"].startswith("2 compiler calls in its rules, 2 past rocq-exec")


def test_dune_with_a_shim_in_path(here: Installed) -> None:
    dune_project(here, "(coq.theory (name T))")
    (here.bin / "coqc").symlink_to(here.bin / "rocq-exec")
    # The launcher by the compiler's name; dune asks it for --config.
    here.program("rocq-exec", f'#!/bin/sh\nexec {shutil.which("coqc")} "$@"\n')

    assert look(here, "dune", "build", "@all")[0] == 0


def test_dune_with_a_wrapper_of_the_project(here: Installed) -> None:
    dune_project(here, "(coq.theory (name T))\n(env (_ (binaries (wrap.sh as coqc))))")
    here.write("wrap.sh", '#!/bin/sh\nexec rocq-exec /usr/bin/coqc "$@"\n').chmod(0o755)

    assert look(here, "dune", "build")[0] == 0


RULE = (
    "(rule (targets coqc.sh) (deps (universe)) (action (run rocqshim launcher coqc -o coqc.sh)))\n"
)


def test_dune_with_a_launcher_that_a_rule_makes(here: Installed) -> None:
    """As docs/dune.md has it, with the theory in a folder below."""
    dune_project(here, f"{RULE}(env (_ (binaries (coqc.sh as coqc))))")
    here.write("theories/dune", "(coq.theory (name T))")
    (here.work / "a.v").rename(here.work / "theories/a.v")

    status, checks = look(here, "dune", "build")

    assert status == 0
    assert checks["dune"]["found"] == "1 compiler call in its rules, all through rocq-exec"


def test_dune_with_a_script_that_a_rule_makes(here: Installed) -> None:
    """One that has nothing of ours in it is none."""
    made = '(rule (with-stdout-to coqc.sh (echo "#!/bin/sh\\nexec /usr/bin/coqc $@")))\n'
    dune_project(here, f"{made}(env (_ (binaries (coqc.sh as coqc))))\n(coq.theory (name T))")

    assert look(here, "dune", "build")[0] == 1


def test_dune_behind_rocqshim_run(here: Installed) -> None:
    dune_project(here, "(coq.theory (name T))")

    status, checks = look(here, "rocqshim", "run", "--", "dune", "build")

    assert status == 0
    assert checks["dune"]["found"] == "2 compiler calls in its rules, all through rocq-exec"


def test_dune_actions(here: Installed) -> None:
    rule = "(rule (targets {0}.vo {0}.glob) (deps {0}.v) (action (run {1} %{{bin:coqc}} {0}.v)))"
    dune_project(here, rule.format("a", "rocq-exec") + '\n(rule (action (system "coqc b.v")))')
    here.write("dune", rule.format("a", "rocq-exec"))

    assert look(here, "dune", "build")[0] == 0


def test_dune_that_fails(here: Installed) -> None:
    dune_project(here, "(nonsense)")

    status, checks = look(here, "dune", "build")

    assert status == 1 and checks["dune rules"]["found"].startswith("`dune rules` ended with 1: ")


def test_a_script_cannot_be_looked_into(here: Installed) -> None:
    here.program("build.sh", "#!/bin/sh\ncoqc a.v\n")

    status, checks = look(here, "build.sh")

    assert status == 1
    assert "cannot be known without running it" in checks["not known"]["found"]
    assert look(here, "build.sh", COQC="rocq-exec coqc")[0] == 0


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["coqc", "a.v"], 1),
        (["rocq-exec", "coqc", "a.v"], 0),
        (["nonesuch"], 1),
        (["rocqshim", "run", "--", "sh", "-c", "coqc a.v"], 0),
        (["sh", "-c", "coqc a.v"], 1),
    ],
)
def test_a_compiler_itself(here: Installed, command: list[str], status: int) -> None:
    assert look(here, *command)[0] == status


@pytest.mark.parametrize(
    ("name", "mode", "mend"),
    [
        ("nonesuch", None, "put the folder of nonesuch into PATH"),
        ("./nonesuch", None, "see ls .: no file has this path"),
        ("./build.sh", 0o644, "chmod +x ./build.sh"),
    ],
)
def test_a_command_that_does_not_start(
    here: Installed, name: str, mode: int | None, mend: str
) -> None:
    if mode is not None:
        here.write(name, "#!/bin/sh\n").chmod(mode)

    _, checks = look(here, name)

    assert checks["command"]["mend"].startswith(mend)


def test_opam_needs_another_way(here: Installed) -> None:
    """Its switch stands before PATH; launchers there come too late (docs/opam.md)."""
    here.program("opam", "#!/bin/sh\n")
    config = here.folder / "opam/config"
    config.parent.mkdir()
    config.write_text('wrap-build-commands:\n  ["%{hooks}%/sandbox.sh" "build"]\nx: "rocqshim"\n')
    root = {"OPAMROOT": str(config.parent)}

    status, checks = look(here, "opam", "install", "foo", **root)

    assert (status, list(checks)) == (1, ["opam"])
    assert checks["opam"]["mend"].startswith("rocqshim run -- opam install foo, or wrap-build-")
    assert look(here, "rocqshim", "run", "--", "opam", "install", "foo", **root)[0] == 0
    _, checks = look(here, "opam", "exec", "--", "make", "-j2", **root)
    assert checks["opam"]["mend"] == "opam exec -- rocqshim doctor -- make -j2"
    config.write_text('wrap-build-commands:\n  ["/opt/bin/rocqshim" "run" "--" "sandbox.sh"]\n')
    assert look(here, "opam", "install", "foo", **root)[0] == 0


def test_the_include_switched_off(here: Installed) -> None:
    here.write("Makefile", PLAIN + "include mk/rocq-limits.mk\n")
    here.run("mk")

    status, checks = look(here, "make", "ROCQ_EXEC=")

    assert status == 1
    assert "ROCQ_EXEC= (the command line) switches the include off" in checks["make"]["means"]


def test_it_does_not_prove_and_look_at_once(here: Installed) -> None:
    done = here.run("doctor", "--prove", "--", "make", "-j8")

    assert (done.returncode, done.stdout) == (2, "")
    assert "rocqshim doctor --prove; rocqshim doctor -- make -j8" in done.stderr


# It ends -------------------------------------------------------------------------------------

SLEEPING = "X := $(shell touch begun; sleep 60)\nall: ;\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_it_leaves_nothing(here: Installed, number: signal.Signals) -> None:
    """CI and `timeout` send TERM, to us alone; make is in a session of its own."""
    here.write("Makefile", SLEEPING)
    process = here.start("doctor", "--", "make")
    eventually((here.work / "begun").exists)
    process.send_signal(number)
    process.communicate(timeout=30)

    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert os.listdir(str(here.env["TMPDIR"])) == []
    assert not here.processes()


LIMIT = "from rocqshim.doctor.wiring import bounded\nbounded.PATIENCE, bounded.QUIET = 10.0, 1.0\n"


def test_what_takes_too_long_is_said_of_each_look(here: Installed) -> None:
    """A make with -k would end; the second look, behind rocqshim run, has its own time."""
    here.write("Makefile", "X := $(if $(findstring rocq-exec,$(COQC)),$(shell sleep 60))\n" + PLAIN)
    command = (here.bin / "rocqshim").read_text()
    here.program("rocqshim", command.replace("from rocqshim", f"{LIMIT}from rocqshim", 1))

    done = here.run("doctor", "--", "make")

    assert "degraded  rocqshim run -n  it did not end in 10 s" in done.stdout
    assert set(done.stderr.splitlines()) == {"rocqshim: make -n is waited for, 10 s at most"}
