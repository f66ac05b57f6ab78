"""``rocqshim shims`` with the real compiler: make, dune, workers, and rocqshim taken away."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .installed import Installed, eventually

BIN = ".rocqshim/bin"
PLAIN = "all: a.vo b.vo\n%.vo: %.v ; coqc -q $<\nb.vo: a.vo\n"
PAR = "Goal True /\\ True.\nProof. split. par: exact I. Qed.\n"  # two workers (coqtacticworker.opt)


def needs(*programs: str) -> None:
    for name in programs:
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed: apt-get install coq ocaml-dune")


def shims(here: Installed, *folders: str) -> dict[str, str]:
    """Write launchers into these folders, and put them before PATH in order; gives the PATH."""
    for folder in folders:
        done = here.run("shims", folder)
        assert done.returncode == 0, done.stderr
    before = ":".join(str(here.work / folder) for folder in folders)
    return {"PATH": f"{before}:{here.env['PATH']}"}


def sh(here: Installed, script: str, **options: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401
    process = here.popen(["/bin/sh", "-c", script], **options)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def files(here: Installed) -> list[str]:
    """The files of the finished jobs, by the shared history."""
    import sqlite3

    with sqlite3.connect(Path(str(here.env["XDG_STATE_HOME"])) / "rocqshim/history.sqlite3") as db:
        return sorted(row[0] for row in db.execute("SELECT file FROM jobs"))


def test_what_it_says(here: Installed) -> None:
    needs("coqc")
    first, second = here.run("shims"), here.run("shims")

    lines = first.stdout.splitlines()
    assert lines[0].startswith(f"{BIN}: written: coqc ")
    assert lines[1:] == [
        "Put it first in PATH:",
        f'  export PATH={here.work}/{BIN}:"$PATH"',
    ]
    assert second.stdout == first.stdout.replace("written", "current")
    done = sh(here, f"{lines[2].strip()}; command -v coqc; command -v coqtop")
    assert done.stdout == f"{here.work}/{BIN}/coqc\n{here.work}/{BIN}/coqtop\n"


def test_removed_again(here: Installed) -> None:
    needs("coqc")
    here.run("shims")
    (here.work / BIN / "coqc").write_text("mine")

    removed, again = here.run("shims", "--remove"), here.run("shims", "--remove")

    first, left = removed.stdout.splitlines()
    assert first.startswith(f"{BIN}: removed: ") and "coqtop" in first
    assert left == "  left alone, as rocqshim did not write it: coqc"
    assert again.stdout == f"{BIN}: nothing to remove\n{left}\n"
    assert os.listdir(here.work / BIN) == ["coqc"]


def test_in_the_projects_folder_from_below(here: Installed) -> None:
    here.settings("")
    (here.work / "theories").mkdir()
    here.program("coqc", "#!/bin/sh\n")

    here.run("shims", cwd=here.work / "theories")

    assert (here.work / BIN / "coqc").exists()


def test_in_the_folder_where_run_doctor_and_editors_look(here: Installed) -> None:
    """A repository without settings."""
    (here.work / ".git").mkdir()
    (here.work / "theories").mkdir()
    below = here.work / "theories"
    for name in ("coqc", "coqtop"):
        here.program(name, "#!/bin/sh\n")

    here.run("shims", cwd=below)

    out = here.run("run", "--", "sh", "-c", "command -v coqc", cwd=below).stdout
    assert out == f"{here.work}/{BIN}/coqc\n"
    assert f'"folder": "{here.work}/{BIN}"' in here.run("editors", "--json", cwd=below).stdout
    assert not (below / ".rocqshim").exists()


def test_a_folder_that_path_cannot_name(here: Installed) -> None:
    """Nothing quotes a colon in PATH; `rocqshim run` takes another folder."""
    needs("coqc")
    here.settings("", "a:b")
    for words, folder in ((["q:3"], "q:3"), ([], f"a:b/{BIN}")):
        cwd = here.work / os.path.dirname(folder.removesuffix(f"/{BIN}") + "/")
        done = here.run("shims", *words, cwd=here.work if words else cwd)

        assert (done.returncode, done.stdout) == (1, "")
        assert "cannot be in PATH: a colon parts its folders" in done.stderr
        assert not (here.work / folder).exists()


def test_nothing_to_stand_in_for(here: Installed) -> None:
    done = here.run("shims", env={"PATH": str(here.bin)})

    assert (done.returncode, done.stdout) == (1, "")
    assert "PATH has no coqc and no rocq" in done.stderr
    assert not (here.work / ".rocqshim").exists()


@pytest.mark.parametrize("folders", [(BIN,), ("one", "two")], ids=["one", "two"])
def test_a_makefile_that_names_its_compiler(here: Installed, folders: tuple[str, ...]) -> None:
    needs("coqc", "make")
    here.settings('memory-max = "4G"')
    here.write("Makefile", PLAIN)
    here.write("a.v", "Definition x := 1.\n")
    here.write("b.v", "Require Import a.\nDefinition y := x.\n")

    done = sh(here, "make -j2", env=shims(here, *folders))

    assert done.returncode == 0, done.stderr
    assert eventually(lambda: files(here)) == ["a.v", "b.v"]


def test_workers_are_found(here: Installed) -> None:
    needs("coqc")
    here.settings('memory-max = "4G"')
    here.write("par.v", PAR)

    done = sh(here, "coqc -q par.v", env=shims(here, "one", "two"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert (here.work / "par.vo").exists()


PROBES = {
    "coqc": ["--config", "-where", "--print-version", "--version", "--help", ""],
    "coqtop": ["--config", "-where", "--version"],
    "coqchk": ["--help", "-where"],
}


@pytest.mark.parametrize("name", PROBES)
def test_probes_are_the_same(here: Installed, name: str) -> None:
    needs(name)
    path = shims(here, BIN)
    for words in PROBES[name]:
        assert_same(here, f"{name} {words}", path)
    assert not here.sockets()


@pytest.mark.parametrize("words", ["-q", "no-file", "no-file.v"])
def test_jobs_without_a_file_are_the_same(here: Installed, words: str) -> None:
    needs("coqc")
    assert_same(here, f"coqc {words}", shims(here, BIN))
    assert here.sockets()


def assert_same(here: Installed, command: str, path: dict[str, str]) -> None:
    """The command ends as without launchers in PATH, and writes the same."""
    bare, behind = (sh(here, command, env=env) for env in ({}, path))
    assert (behind.returncode, behind.stdout, behind.stderr) == (
        bare.returncode, bare.stdout, bare.stderr,
    ), command  # fmt: skip


def test_rocqshim_is_taken_away(here: Installed) -> None:
    """The launchers stay behind: the build goes on, and each call says that it is unlimited."""
    here.program("coqc", '#!/bin/sh\necho "$0" "$@"\n')
    here.write("wrap/coqc", '#!/bin/sh\nexec env PATH="${PATH#*/wrap:}" coqc "$@"\n').chmod(0o755)
    env = shims(here, "one", "two")
    (here.folder / "lib").rename(here.folder / "gone")
    for launcher in here.work.glob("*/coqc"):
        text = launcher.read_text().replace("rq_start=", "rq_start=/nonexistent")
        launcher.write_text(text)
    path = env["PATH"].replace(f"{here.work}/two", f"{here.work}/two:{here.work}/wrap:")

    done = sh(here, "coqc 'a b' '' c", env={"PATH": path})

    assert (done.returncode, done.stdout) == (0, f"{here.bin}/coqc a b  c\n")
    assert done.stderr.startswith("rocqshim: /nonexistent")
    assert done.stderr.endswith("nothing is limited. Run: rocqshim shims\n")
    (here.bin / "coqc").unlink()
    alone = sh(here, "coqc a", env={"PATH": f"{here.work}/one:/nonexistent"})
    assert alone.returncode == 127


def test_wrappers_find_an_end_without_rocqshim(here: Installed) -> None:
    loop = '#!/bin/sh\necho again >> log\nexec "${0%/wrap/coqc}/one/coqc" "$@"\n'
    here.program("coqc", "#!/bin/sh\n")
    env = shims(here, "one")
    here.write("wrap/coqc", loop).chmod(0o755)
    (here.work / "one/coqc").write_text(
        (here.work / "one/coqc").read_text().replace("rq_start=", "rq_start=/nonexistent")
    )
    (here.bin / "coqc").unlink()

    done = sh(here, "coqc a", env={"PATH": f"{env['PATH'].split(':')[0]}:{here.work}/wrap:/bin"})

    assert done.returncode in (0, 127)  # /bin may have a coqc
    assert (here.work / "log").read_text() == "again\n"
