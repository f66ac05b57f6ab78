"""COQC, ROCQ and COQCHK as a build gets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.run.compilers import compiler_variables, is_wrapped, unlimited

LAUNCHER = "/opt/bin/rocq-exec"


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that exist; none yet."""
    return tmp_path


def install(folder: Path, *names: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_coq_8_has_no_rocq(programs: Path) -> None:
    environ = install(programs, "coqc", "coqchk")

    assert compiler_variables(environ, LAUNCHER) == {
        "COQC": f"{LAUNCHER} coqc",
        "COQCHK": f"{LAUNCHER} coqchk",
    }


def test_rocq_9_with_the_old_names(programs: Path) -> None:
    environ = install(programs, "coqc", "coqchk", "rocq", "rocqchk")

    assert compiler_variables(environ, LAUNCHER) == {
        "COQC": f"{LAUNCHER} coqc",
        "ROCQ": f"{LAUNCHER} rocq",
        "COQCHK": f"{LAUNCHER} rocqchk",
    }


def test_rocq_9_without_the_old_names(programs: Path) -> None:
    environ = install(programs, "rocq", "rocqchk")

    assert compiler_variables(environ, LAUNCHER)["COQC"] == f"{LAUNCHER} rocq c"


def test_the_first_folder_of_path_wins(tmp_path: Path) -> None:
    install(tmp_path / "new", "rocq")
    install(tmp_path / "old", "coqc")
    environ = {"PATH": f"{tmp_path}/new:{tmp_path}/old"}

    assert compiler_variables(environ, LAUNCHER)["COQC"] == f"{LAUNCHER} rocq c"


def test_nothing_in_path_is_left_to_the_command(programs: Path) -> None:
    assert compiler_variables({"PATH": str(programs)}, LAUNCHER) == {
        "COQC": f"{LAUNCHER} coqc",
        "ROCQ": f"{LAUNCHER} rocq",
    }


@pytest.mark.parametrize("slash", ["", "/"])
def test_coqbin_comes_before_path(programs: Path, slash: str) -> None:
    environ = {**install(programs, "coqc"), "PATH": "/usr/bin", "COQBIN": f"{programs}{slash}"}

    assert compiler_variables(environ, LAUNCHER) == {"COQC": f"{LAUNCHER} {programs}/coqc"}


def test_paths_with_spaces_are_quoted(tmp_path: Path) -> None:
    install(tmp_path / "my bin", "coqc")
    environ = {"PATH": "/usr/bin", "COQBIN": str(tmp_path / "my bin")}

    found = compiler_variables(environ, "/a b/rocq-exec")["COQC"]

    assert found == f"'/a b/rocq-exec' '{tmp_path}/my bin/coqc'"


@pytest.mark.parametrize(
    ("given", "wrapped"),
    [
        ("coqc -w all", f"{LAUNCHER} coqc -w all"),
        ('"$(COQBIN)coqc"', f'{LAUNCHER} "$(COQBIN)coqc"'),
        ("OCAMLRUNPARAM=v=1 coqc", f"{LAUNCHER} env OCAMLRUNPARAM=v=1 coqc"),
        ("rocq-exec coqc", "rocq-exec coqc"),
        ('"/a b/rocq-exec" coqc', '"/a b/rocq-exec" coqc'),
        ("time rocq-exec coqc", "time rocq-exec coqc"),
        ("ulimit -s unlimited; coqc", "ulimit -s unlimited; coqc"),
        ("ulimit -s 1 && coqc", "ulimit -s 1 && coqc"),
        ("  ", f"{LAUNCHER} coqc"),
    ],
)
def test_what_the_caller_has_set_is_wrapped(programs: Path, given: str, wrapped: str) -> None:
    environ = {**install(programs, "coqc"), "COQC": given}

    assert compiler_variables(environ, LAUNCHER)["COQC"] == wrapped


def test_a_script_of_the_caller_is_known_to_be_unlimited() -> None:
    assert unlimited({"COQC": "ulimit -s 1; coqc", "ROCQ": "rocq-exec rocq"}) == ["COQC"]


def test_a_name_that_only_looks_like_the_launchers() -> None:
    assert not is_wrapped("my-rocq-exec coqc")
    assert is_wrapped("'/x/rocq-exec' coqc")


@pytest.mark.parametrize(
    ("compiler", "expected"),
    [
        ("/opt/c/coqc", {"COQC": f"{LAUNCHER} /opt/c/coqc"}),
        ("/opt/r/rocq", {"COQC": f"{LAUNCHER} /opt/r/rocq c", "ROCQ": f"{LAUNCHER} /opt/r/rocq"}),
        ("/a b/coqc", {"COQC": f"{LAUNCHER} '/a b/coqc'"}),
    ],
)
def test_the_setting_is_taken_where_nothing_is_set(compiler: str, expected: dict[str, str]) -> None:
    nowhere = {"PATH": "/nonexistent"}
    assert compiler_variables(nowhere, LAUNCHER, compiler) == expected

    set_by_hand = compiler_variables({**nowhere, "COQC": "mine"}, LAUNCHER, compiler)
    assert set_by_hand["COQC"] == f"{LAUNCHER} mine"
