"""The three forms of a call, nesting, and that a probe asks nobody."""

from __future__ import annotations

import pytest

from .processes import eventually
from .shim import Shim

SAYS = '#!/bin/sh\necho "${0##*/}" "$@"\n'
USAGE = b"usage: rocq-exec PROGRAM"


@pytest.fixture
def compilers(shim: Shim) -> Shim:
    """coqc and rocq, which say how they were called. PATH has no others."""
    for name in ("coqc", "rocq", "coqchk"):
        shim.program(name, SAYS)
    shim.env["PATH"] = f"{shim.folder}/bin"
    for name in ("a.v", "dir/b.v"):
        (shim.work / name).parent.mkdir(exist_ok=True)
        (shim.work / name).touch()
    return shim


FORMS = [
    ("coqc -q a.v", "coqc -q a.v"),
    ("-- coqc -q a.v", "coqc -q a.v"),
    ("rocq c -q a.v", "rocq c -q a.v"),
    ("-q -R . Foo a.v", "coqc -q -R . Foo a.v"),
    ("a.v", "coqc a.v"),
    ("compile -q a.v", "rocq compile -q a.v"),
    ("c -q a.v", "rocq c -q a.v"),
    ("--print-version", "coqc --print-version"),
    ("-where", "coqc -where"),
    ("dep -R . Foo a.v", "rocq dep -R . Foo a.v"),
    ("makefile -f _RocqProject", "rocq makefile -f _RocqProject"),
    ("check a.vo", "rocq check a.vo"),
    ("rocq-exec coqc a.v", "coqc a.v"),
    ("rocq-exec rocq-exec -q a.v", "coqc -q a.v"),
    ("rocq-exec -- coqc a.v", "coqc a.v"),
    ("-- rocq-exec coqc a.v", "coqc a.v"),
]


@pytest.mark.parametrize(("given", "called"), FORMS)
def test_forms(compilers: Shim, given: str, called: str) -> None:
    done = compilers.run(*given.split(), env={"ROCQSHIM_ENFORCE": "off"})

    assert (done.stdout.decode(), done.stderr, done.returncode) == (called + "\n", b"", 0)


def test_only_rocq_is_there(compilers: Shim) -> None:
    (compilers.folder / "bin/coqc").unlink()

    assert compilers.run("-q", "a.v").stdout == b"rocq c -q a.v\n"
    assert compilers.run("--print-version").stdout == b"rocq c --print-version\n"


def test_the_first_folder_of_path_decides(compilers: Shim) -> None:
    (compilers.folder / "bin/coqc").unlink()
    other = compilers.folder / "other"
    other.mkdir()
    (other / "coqc").write_text(SAYS)
    (other / "coqc").chmod(0o755)

    path = f"{compilers.folder}/bin:{other}"

    assert compilers.run("-q", "a.v", env={"PATH": path}).stdout == b"rocq c -q a.v\n"


@pytest.mark.parametrize("slash", ["", "/"])
def test_coqbin_comes_before_path(compilers: Shim, slash: str) -> None:
    """`COQBIN=/opt/coq/bin/ COQC=rocq-exec make`, as without us."""
    for name in ("coqc", "rocq"):
        program = compilers.folder / "coq/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text('#!/bin/sh\necho "its $0" "$@"\n')
        program.chmod(0o755)
    env = {"COQBIN": f"{compilers.folder}/coq/bin{slash}"}
    where = f"its {compilers.folder}/coq/bin".encode()

    assert compilers.run("-q", "a.v", env=env).stdout == where + b"/coqc -q a.v\n"
    assert compilers.run("compile", "a.v", env=env).stdout == where + b"/rocq compile a.v\n"
    assert compilers.run("coqc", "a.v", env=env).stdout == b"coqc a.v\n"


def test_a_program_in_path_is_no_subcommand_of_rocq(compilers: Shim) -> None:
    for name in ("wc", "top", "compile"):
        compilers.program(name, SAYS)

    assert compilers.run("wc", "-l", "a.v").stdout == b"wc -l a.v\n"
    assert compilers.run("top").stdout == b"top\n"
    assert compilers.run("compile", "a.v").stdout == b"rocq compile a.v\n"
    assert compilers.run("check", "a.vo").stdout == b"rocq check a.vo\n"


def test_no_compiler(compilers: Shim) -> None:
    for name in ("coqc", "rocq"):
        (compilers.folder / "bin" / name).unlink()

    done = compilers.run("-q", "a.v")

    assert done.returncode == 127
    assert done.stderr == (
        b"rocq-exec: neither coqc nor rocq is in PATH. Set compiler in [tool.rocqshim].\n"
    )
    assert not compilers.sockets


@pytest.mark.parametrize("name", ["coqc", "rocq"])
def test_the_compiler_of_the_settings(compilers: Shim, name: str) -> None:
    program = compilers.folder / "elsewhere" / name
    program.parent.mkdir()
    program.write_text(SAYS)
    program.chmod(0o755)
    compilers.settings(f'compiler = "{program}"\n')
    called = b"rocq c -q b.v\n" if name == "rocq" else b"coqc -q b.v\n"

    assert compilers.run("-q", "b.v", cwd=compilers.work / "dir").stdout == called


def test_the_compiler_of_the_environment(compilers: Shim) -> None:
    compilers.settings('compiler = "/nonexistent"\n')

    done = compilers.run("-q", "a.v", env={"ROCQSHIM_COMPILER": "rocq"})

    assert done.stdout == b"rocq c -q a.v\n"


PROBES = [
    ("coqc", "--print-version"),
    ("--print-version",),
    ("rocq", "dep", "a.v"),
    ("rocq", "makefile"),
    ("coqc", "-where"),
    ("coqc",),
]


@pytest.mark.parametrize("words", PROBES)
def test_a_probe_asks_nobody(compilers: Shim, words: tuple[str, ...]) -> None:
    """Not even where there are no usable settings, no home and no runtime folder."""
    compilers.settings("this is no TOML\n")

    done = compilers.run(*words, env={"HOME": None, "XDG_RUNTIME_DIR": "/nonexistent"})

    assert (done.returncode, done.stderr) == (0, b"")
    assert compilers.left() == []


def test_a_job_inside_a_job_asks_nobody(compilers: Shim) -> None:
    nested = " ".join(map(str, compilers.command("coqc", "a.v")))
    compilers.program("outer", f'#!/bin/sh\necho "$ROCQSHIM_JOB"\n{nested}\n')

    done = compilers.run("outer")

    guard, inner = done.stdout.decode().splitlines()
    assert guard.startswith(f"rocq-{compilers.work.name}.slice/job-1")
    assert inner == "coqc a.v"
    assert [job["file"] for job in eventually(compilers.history)] == ["outer"]


@pytest.mark.parametrize("words", [(), ("--",), ("rocq-exec", "--"), ("rocq-exec",)])
def test_nothing_to_do(compilers: Shim, words: tuple[str, ...]) -> None:
    done = compilers.run(*words)

    assert (done.returncode, done.stdout) == (2 if words != ("rocq-exec",) else 127, b"")
    assert USAGE in done.stderr or words == ("rocq-exec",)


def test_help(compilers: Shim) -> None:
    done = compilers.run("--help")

    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(USAGE)
    assert compilers.left() == []
