"""opam, with its sandbox as it sets it up: jobs inside are placed by the broker outside.

No network: the repository is a folder, and its packages are a few lines each.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from workspace import FILES, SOURCES, Workspace, is_rocq

pytestmark = [
    pytest.mark.skipif(not shutil.which("opam"), reason="no opam: apt-get install opam"),
    pytest.mark.skipif(not shutil.which("bwrap"), reason="no bwrap: apt-get install bubblewrap"),
]
NAME, PLAIN = ("ROCQ", "rocq c") if is_rocq() else ("COQC", "coqc")
CALL = f"$({NAME}) c" if is_rocq() else f"$({NAME})"
# What the package sees of the machine is installed with it. BEFORE: a hook of the tests.
MAKEFILE = f"""\
{NAME} ?= {PLAIN.split()[0]}
all: seen theories/Both.vo
theories/Left.vo theories/Right.vo: theories/Base.vo
theories/Both.vo: theories/Left.vo theories/Right.vo
%.vo: %.v
	$(BEFORE)
	{CALL} -q -R theories Demo $<
seen:
	-ls -d /run/* /sys/fs/cgroup > $@ 2>&1
install:
	mkdir -p $(TO)/$(OPAM_PACKAGE_NAME)
	cp theories/*.vo seen $(wildcard killed) $(TO)/$(OPAM_PACKAGE_NAME)
"""
OPAM = """\
opam-version: "2.0"
maintainer: "nobody"
build: [make "-j%{jobs}%"]
install: [make "install" "TO=%{lib}%"]
"""


@pytest.fixture
def opam(workspace: Workspace) -> Workspace:
    """An empty switch, with the sandbox that `opam init` sets up by itself."""
    workspace.env |= {
        "OPAMROOT": str(workspace.root / "opam"), "OPAMROOTISOK": "1", "OPAMYES": "1",
        "OPAMSWITCH": "tests", "OPAMNODEPEXTS": "1", "OPAMERRLOGLEN": "0",
    }  # fmt: skip
    add_package(workspace, "demo")
    repository = workspace.root / "repository"
    init = ["opam", "init", "--bare", "--no-setup", "--kind=local", "tests", str(repository)]
    workspace.run(*init, env={"OPAMSWITCH": ""})
    assert "sandbox.sh" in (workspace.root / "opam/config").read_text()
    workspace.run("opam", "switch", "create", "tests", "--empty", "--no-switch")
    return workspace


def add_package(workspace: Workspace, name: str) -> None:
    where = f"repository/packages/{name}/{name}.1"
    files = {"Makefile": MAKEFILE, **SOURCES}
    for path, text in files.items():
        workspace.write(f"{where}/files/{path}", text)
    sums = [
        f'["{path}" "md5={hashlib.md5(text.encode()).hexdigest()}"]' for path, text in files.items()
    ]
    workspace.write(f"{where}/opam", f"{OPAM}extra-files: [{' '.join(sums)}]\n")
    workspace.write("repository/repo", 'opam-version: "2.0"\n')


def installed(workspace: Workspace, name: str = "demo") -> list[str]:
    return sorted(path.name for path in (workspace.root / f"opam/tests/lib/{name}").glob("*.vo"))


def names(workspace: Workspace, count: int) -> list[str]:
    found = workspace.jobs(count)
    assert {job.verdict for job in found} <= {"success"}
    return sorted(os.path.basename(job.file) for job in found)


NAMES = sorted(os.path.basename(name) for name in FILES)
MADE = sorted(name + "o" for name in NAMES)


def test_the_jobs_of_a_package_are_placed_from_outside(opam: Workspace) -> None:
    done = opam.run("rocqshim", "run", "--", "opam", "install", "demo")

    assert installed(opam) == MADE
    assert names(opam, 4) == NAMES
    # The slice is that of the folder opam was called in, not of its build folder.
    assert {(job.slice, job.root) for job in opam.jobs(4)} == {
        ("rocq-builds.slice", str(opam.root))
    }
    assert "rocqshim: 4 jobs in " in done.stderr
    assert "will not be limited" not in done.stderr
    # It was the real sandbox: nothing of /run, no cgroups.
    seen = (opam.root / "opam/tests/lib/demo/seen").read_text()
    assert seen.count("No such file or directory") == 2, seen


def test_the_second_socket_goes_with_the_broker(opam: Workspace) -> None:
    before = set(Path(f"/tmp/rocqshim-{os.getuid()}").glob("shared-*"))
    opam.run("rocqshim", "run", "--", "opam", "install", "demo")
    shared = set(Path(f"/tmp/rocqshim-{os.getuid()}").glob("shared-*")) - before

    opam.run("rocqshim", "stop", "--broker")

    assert len(shared) == 1
    assert not any(path.exists() for path in shared)


def test_as_a_setting_of_opam(opam: Workspace) -> None:
    """wrap-build-commands, as docs/opam.md has it: for every package, however opam is called."""
    program = shutil.which("rocqshim", path=opam.env["PATH"])
    wrap = f'["{program}" "run" "--" "%{{hooks}}%/sandbox.sh" "build"]'
    opam.run("opam", "option", "--global", f"wrap-build-commands={wrap}")

    opam.run("opam", "install", "demo", env={"PATH": without_launcher(opam)})

    assert installed(opam) == MADE
    assert names(opam, 4) == NAMES
    # Found upwards from the switch: ours, as its root lies in this folder.
    assert {job.slice for job in opam.jobs(4)} == {"rocq-builds.slice"}


def without_launcher(workspace: Workspace) -> str:
    folders = workspace.env["PATH"].split(":")
    return ":".join(folder for folder in folders if not (Path(folder) / "rocq-exec").exists())


def test_two_packages_at_once_share_the_slice(opam: Workspace) -> None:
    add_package(opam, "other")
    opam.run("opam", "update")

    opam.run("rocqshim", "run", "--", "opam", "install", "-j2", "demo", "other")

    assert names(opam, 8) == sorted(NAMES * 2)
    assert {job.slice for job in opam.jobs(8)} == {"rocq-builds.slice"}
    assert installed(opam) == installed(opam, "other") == MADE


def test_a_broker_that_is_killed_comes_back(opam: Workspace) -> None:
    """Nobody can start one inside; `rocqshim run` does, outside, and jobs are limited again."""
    hook = opam.write("kill", KILL_BROKER, 0o755)

    done = opam.run("rocqshim", "run", "--", "opam", "install", "demo", env={"BEFORE": str(hook)})

    assert installed(opam) == MADE
    assert (opam.root / "opam/tests/lib/demo/killed").exists()
    assert "no limits" not in done.stdout + done.stderr
    assert names(opam, 4) == NAMES


# Once, before the third file or so. The sandbox shares the PID namespace, and the user's rights.
KILL_BROKER = """\
#!/bin/sh
case "$PWD" in *.opam-switch/build*) ;; *) exit 0 ;; esac
[ -e theories/Base.vo ] && [ ! -e killed ] || exit 0
touch killed
for process in /proc/[0-9]*; do
    tr '\\0' ' ' 2>/dev/null <"$process/cmdline" | grep -q "broker/_start.py $XDG_RUNTIME_DIR" &&
        kill -9 "${process##*/}"
done
exit 0
"""


def test_without_rocqshim_run_it_is_said_and_the_build_goes_on(opam: Workspace) -> None:
    """The launcher alone finds no broker inside, and nobody there can start one."""
    env = {
        NAME: "rocq-exec rocq" if is_rocq() else "rocq-exec coqc",
        "ROCQSHIM_SOCKET": "/run/no/socket",
        "OPAM_USER_PATH_RO": f"{sys.base_prefix}:{sys.prefix}",  # wherever this checkout is
    }
    done = opam.run("opam", "install", "-v", "demo", env=env)

    assert installed(opam) == MADE
    assert "no limits in this build" in done.stdout + done.stderr


def test_an_unlimited_run_needs_no_broker(opam: Workspace) -> None:
    done = opam.run(
        "rocqshim", "run", "--", "opam", "install", "demo", env={"ROCQSHIM_ENFORCE": "off"}
    )

    assert installed(opam) == MADE
    assert opam.jobs(0) == []
    assert "nothing was limited" in done.stderr


def test_bubblewrap_by_itself(workspace: Workspace) -> None:
    """The same sandbox without opam: what `rocqshim run -- bwrap` promises."""
    workspace.sources()
    command = f"$${NAME}".replace("$$", "$") + (" c" if is_rocq() else "")
    words = (
        "bwrap --ro-bind / / --unshare-net --new-session --die-with-parent --proc /proc --dev /dev"
        " --tmpfs /run"
    ).split()
    words += ["--bind", str(workspace.root), str(workspace.root)]
    words += ["sh", "-c", f"{command} -q -R theories Demo theories/Base.v"]

    workspace.run("rocqshim", "run", "--", *words)

    assert workspace.files(1) == ["theories/Base.v"]


def test_the_sandbox_can_be_made_here() -> None:
    """A machine on which bubblewrap cannot work says so once, and here."""
    words = "bwrap --ro-bind / / --unshare-net --proc /proc --dev /dev true".split()
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
