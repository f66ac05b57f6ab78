"""``rocqshim run`` reaches compilers that are called by their name: launchers before PATH."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .installed import Installed

DUNE = {
    "dune-project": "(lang dune 2.9)\n(using coq 0.3)\n",
    "dune": "(coq.theory (name Demo))\n",
    "a.v": "Definition x := 1.\n",
    "b.v": "From Demo Require Import a.\nDefinition y := x.\n",
}
SAYS = "#!/bin/sh\necho $0 $@\n"
BIN = ".rocqshim/bin"


def shared(here: Installed) -> list[Path]:
    """The folders of launchers in the user's state."""
    return sorted(Path(str(here.env["XDG_STATE_HOME"])).glob("rocqshim/shims/*"))


def dune(here: Installed) -> None:
    if not shutil.which("dune") or not shutil.which("coqc"):
        pytest.skip("dune and coqc are not installed: apt-get install coq ocaml-dune")
    here.settings('memory-max = "4G"')
    for name, text in DUNE.items():
        here.write(name, text)


def test_rules_of_dune(here: Installed) -> None:
    dune(here)

    first = here.run("run", "--", "dune", "build")
    second = here.run("run", "--", "dune", "build", env={"ROCQSHIM_MEMORY_MAX": "3G"})

    assert first.returncode == 0, first.stderr
    assert "rocqshim: 2 jobs in " in first.stderr
    # Other limits: nothing is built anew.
    assert "no compiler was called" in second.stderr
    assert (here.work / "_build/default/b.vo").exists()


def test_another_compiler_builds_anew(here: Installed) -> None:
    """dune itself sees only the launcher."""
    dune(here)
    own = here.program("coqc", f'#!/bin/sh\nexec {shutil.which("coqc")} "$@"\n')
    assert "2 jobs" in here.run("run", "--", "dune", "build").stderr
    assert "no compiler was called" in here.run("run", "--", "dune", "build").stderr

    own.write_text(f"{own.read_text()}# of another version\n")

    assert "2 jobs" in here.run("run", "--", "dune", "build").stderr


def test_the_projects_folder_is_taken(here: Installed) -> None:
    """So a build by PATH and one by `rocqshim run` are the same to dune."""
    here.program("coqc", SAYS)
    here.run("shims")

    out = here.run("run", "--", "sh", "-c", "command -v coqc").stdout

    assert out == f"{here.work}/.rocqshim/bin/coqc\n"
    assert not shared(here)


def test_but_not_with_programs_of_the_project(here: Installed) -> None:
    here.program("coqc", SAYS)
    here.run("shims")
    here.write(".rocqshim/bin/ls", "#!/bin/sh\necho mine\n").chmod(0o755)

    out = here.run("run", "--", "sh", "-c", "command -v coqc; command -v ls").stdout

    assert out.splitlines()[0].startswith(str(shared(here)[0]))
    assert out.splitlines()[1] in ("/usr/bin/ls", "/bin/ls")


PLANTED = "#!/bin/sh\n# rocqshim launcher for coqdep.\necho planted\n"


def test_nor_with_one_that_only_begins_like_a_launcher(here: Installed) -> None:
    """`rocqshim run` renews the tools that it knows, and nothing else."""
    here.program("coqc", SAYS)
    here.run("shims")
    here.write(".rocqshim/bin/coqdep", PLANTED).chmod(0o755)

    out = here.run("run", "--", "sh", "-c", "command -v coqc; coqdep").stdout

    assert out.splitlines()[0].startswith(str(shared(here)[0]))
    assert "planted" not in out


@pytest.mark.parametrize("name", [".rocqshim", BIN, f"{BIN}/coqc"])
def test_nor_where_a_stranger_may_write(here: Installed, name: str) -> None:
    """A build in /tmp, where anybody may have made a .rocqshim."""
    if os.getuid():
        pytest.skip("only root can give a file away")
    here.program("coqc", SAYS)
    here.run("shims")
    os.chown(here.work / name, 4242, -1)

    out = here.run("run", "--", "sh", "-c", "command -v coqc").stdout

    assert out.startswith(str(shared(here)[0]))


def test_one_that_another_build_is_writing_changes_nothing(here: Installed) -> None:
    """dune builds all anew when the path of its compiler changes."""
    here.program("coqc", SAYS)
    here.run("shims")
    here.write(f"{BIN}/.coqc.1.new", "")

    out = here.run("run", "--", "sh", "-c", "command -v coqc").stdout

    assert out == f"{here.work}/{BIN}/coqc\n"


def test_launchers_that_stand_there_already(here: Installed) -> None:
    path = f"{here.folder}/tools:{here.folder}/no"
    (here.folder / "tools").mkdir()
    for name in ("sh", "env"):
        (here.folder / "tools" / name).symlink_to(f"/bin/{name}")
    here.program("coqc", SAYS)
    mine = here.folder / "mine"
    here.run("shims", str(mine), env={"PATH": f"{here.bin}:{path}"})
    env = {"PATH": f"{mine}:{here.bin}:{path}"}

    out = here.run("run", "--", "sh", "-c", 'echo "$PATH"', env=env).stdout

    assert out == f"{env['PATH']}\n"
    assert not shared(here)


def test_one_folder_for_each_switch_and_none_for_those_that_are_gone(here: Installed) -> None:
    for switch in ("one", "two"):
        here.write(f"{switch}/coqc", SAYS).chmod(0o755)
        env = {"PATH": f"{here.work}/{switch}:{here.env['PATH']}"}
        for _ in range(2):
            assert here.run("run", "--", "true", env=env).returncode == 0
    both = shared(here)
    assert len(both) == 2

    shutil.rmtree(here.work / "one")
    for name in os.listdir(both[0]):
        for folder in both:  # what /usr/bin has is still there: of those only coqc is looked at
            if name != "coqc":
                (folder / name).unlink(missing_ok=True)
    here.run("run", "--", "true", env=env)

    assert len(shared(here)) == 1


def test_a_folder_that_another_build_is_writing_stays(here: Installed) -> None:
    """It is made first, then its compiler is asked, and then it gets the first launcher."""
    here.program("coqc", SAYS)
    folders = Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/shims"
    for name in ("begun", "half"):
        (folders / name).mkdir(parents=True)
    (folders / "half/.coqc.1.new").touch()

    here.run("run", "--", "true")

    assert (folders / "begun").exists() and (folders / "half/.coqc.1.new").exists()


def test_a_compiler_by_name_is_wrapped_once(here: Installed) -> None:
    here.program("coqc", SAYS)
    here.write("a.v", "")

    done = here.run("run", "--", "sh", "-c", "coqc a.v; $COQC a.v")

    assert done.stdout == f"{here.bin}/coqc a.v\n" * 2
    assert "rocqshim: 2 jobs in " in done.stderr


def test_a_script_of_the_caller_is_reached_by_name(here: Installed) -> None:
    here.program("coqc", SAYS)
    here.write("a.v", "")
    script = 'eval "$COQC a.v"'

    by_name = here.run("run", "--", "sh", "-c", script, env={"COQC": "ulimit -c 0; coqc"})
    by_path = here.run(
        "run", "--", "sh", "-c", script, env={"COQC": f"ulimit -c 0; {here.bin}/coqc"}
    )

    assert "unlimited" not in by_name.stderr and "1 job in" in by_name.stderr
    assert "COQC is a shell command and stays unlimited" in by_path.stderr


def test_no_state_that_can_be_written(here: Installed) -> None:
    """`docker run -u UID`: HOME is /, and the launchers lie beside the socket."""
    here.program("coqc", SAYS)
    here.write("a.v", "")
    (here.folder / "file").touch()
    env = {"ROCQSHIM_STATE": f"{here.folder}/file/state"}

    done = here.run("run", "--", "sh", "-c", "command -v coqc; coqc a.v; $COQC a.v", env=env)

    assert done.returncode == 0
    assert done.stdout.startswith(f"{here.env['XDG_RUNTIME_DIR']}/rocqshim/shims/")
    assert "rocqshim: 2 jobs in " in done.stderr


def test_nowhere_to_write_them(here: Installed) -> None:
    here.program("coqc", SAYS)
    (here.folder / "file").touch()
    Path(f"{here.env['XDG_RUNTIME_DIR']}/rocqshim").touch()
    env = {"ROCQSHIM_STATE": f"{here.folder}/file/state", "ROCQSHIM_SOCKET": f"{here.folder}/s"}

    done = here.run("run", "--", "true", env=env)

    assert done.returncode == 0
    assert "compilers that are called by their name alone are not limited" in done.stderr
    Path(f"{here.env['XDG_RUNTIME_DIR']}/rocqshim").unlink()


def test_switched_off(here: Installed) -> None:
    here.program("coqc", SAYS)
    here.settings('enforce = "off"')

    assert here.run("run", "--", "sh", "-c", "command -v coqc").stdout == f"{here.bin}/coqc\n"
    assert not shared(here)
