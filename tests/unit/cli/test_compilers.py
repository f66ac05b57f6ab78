"""COQC, ROCQ and COQCHK as a build gets them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from rocqshim.run.compilers import compiler_variables, is_wrapped, unlimited

LAUNCHER = "/opt/bin/rocq-exec"
FOLDER, BY_PATH = "/s/rocq-exec/by-name", "/s/rocq-exec/by-path"


def variables(environ: dict[str, str], compiler: str = "") -> dict[str, str]:
    """Their values; the launchers are thought to lie below /s."""
    return compiler_variables(environ, LAUNCHER, one_word, compiler)


def one_word(words: Sequence[str]) -> str:
    folder, _, name = words[0].rpartition("/")
    name = f"{name}c" if words[1:] else name
    return f"/s/rocq-exec/by-path{folder}/{name}" if folder else f"{FOLDER}/{name}"


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

    assert variables(environ) == {
        "COQC": f"{FOLDER}/coqc",
        "COQCHK": f"{FOLDER}/coqchk",
    }


def test_rocq_9_with_the_old_names(programs: Path) -> None:
    environ = install(programs, "coqc", "coqchk", "rocq", "rocqchk")

    assert variables(environ) == {
        "COQC": f"{FOLDER}/coqc",
        "ROCQ": f"{FOLDER}/rocq",
        "COQCHK": f"{FOLDER}/rocqchk",
    }


def test_rocq_9_without_the_old_names(programs: Path) -> None:
    environ = install(programs, "rocq", "rocqchk")

    assert variables(environ)["COQC"] == f"{FOLDER}/rocqc"


def test_the_first_folder_of_path_wins(tmp_path: Path) -> None:
    install(tmp_path / "new", "rocq")
    install(tmp_path / "old", "coqc")
    environ = {"PATH": f"{tmp_path}/new:{tmp_path}/old"}

    assert variables(environ)["COQC"] == f"{FOLDER}/rocqc"


def test_nothing_in_path_is_left_to_the_command(programs: Path) -> None:
    assert variables({"PATH": str(programs)}) == {
        "COQC": f"{FOLDER}/coqc",
        "ROCQ": f"{FOLDER}/rocq",
    }


@pytest.mark.parametrize("slash", ["", "/"])
def test_coqbin_comes_before_path(programs: Path, slash: str) -> None:
    environ = {**install(programs, "coqc"), "PATH": "/usr/bin", "COQBIN": f"{programs}{slash}"}

    assert variables(environ) == {"COQC": f"/s/rocq-exec/by-path{programs}/coqc"}


def test_paths_with_spaces_are_quoted(tmp_path: Path) -> None:
    install(tmp_path / "my bin", "coqc")
    environ = {"PATH": "/usr/bin", "COQBIN": str(tmp_path / "my bin")}

    assert variables(environ)["COQC"] == f"'/s/rocq-exec/by-path{tmp_path}/my bin/coqc'"


def test_where_a_quotation_would_be_needed_the_name_is_left_to_path(programs: Path) -> None:
    environ = install(programs, "coqc")

    def spoilt(words: Sequence[str]) -> str:
        return f"/a b/{words[0]}"

    assert compiler_variables(environ, LAUNCHER, spoilt) == {}
    given = compiler_variables({**environ, "COQC": "coqc -q"}, LAUNCHER, spoilt)
    assert given == {"COQC": "coqc -q"}


def test_where_no_launcher_can_be_written_it_is_two_words(programs: Path) -> None:
    environ = install(programs, "coqc", "rocq")

    assert compiler_variables(environ, LAUNCHER, lambda _words: "") == {
        "COQC": f"{LAUNCHER} coqc",
        "ROCQ": f"{LAUNCHER} rocq",
    }


@pytest.mark.parametrize(
    ("given", "wrapped"),
    [
        ("coqc -w all", f"{FOLDER}/coqc -w all"),
        ("/opt/x/coqc", f"{LAUNCHER} /opt/x/coqc"),
        ("/bin/sh", "/s/rocq-exec/by-path/bin/sh"),
        ("'/bin/sh' -c", "/s/rocq-exec/by-path/bin/sh -c"),
        ("coqtop.opt", f"{FOLDER}/coqtop.opt"),
        ("mine -q", f"{FOLDER}/mine -q"),
        ("none -q", "none -q"),
        ("'coqc", f"{LAUNCHER} 'coqc"),
        (f"{FOLDER}/coqc", f"{FOLDER}/coqc"),
        ('"$(COQBIN)coqc"', f'{LAUNCHER} "$(COQBIN)coqc"'),
        ("OCAMLRUNPARAM=v=1 coqc", f"{LAUNCHER} env OCAMLRUNPARAM=v=1 coqc"),
        ("rocq-exec coqc", "rocq-exec coqc"),
        ('"/a b/rocq-exec" coqc', '"/a b/rocq-exec" coqc'),
        ("time rocq-exec coqc", "time rocq-exec coqc"),
        ("ulimit -s unlimited; coqc", "ulimit -s unlimited; coqc"),
        ("ulimit -s 1 && coqc", "ulimit -s 1 && coqc"),
        ("  ", f"{FOLDER}/coqc"),
    ],
)
def test_what_the_caller_has_set_is_wrapped(programs: Path, given: str, wrapped: str) -> None:
    environ = {**install(programs, "coqc", "mine"), "COQC": given}

    assert variables(environ)["COQC"] == wrapped


def test_a_script_of_the_caller_is_known_to_be_unlimited() -> None:
    assert unlimited({"COQC": "ulimit -s 1; coqc", "ROCQ": "rocq-exec rocq"}) == ["COQC"]


def test_a_name_that_only_looks_like_the_launchers() -> None:
    assert not is_wrapped("my-rocq-exec coqc")
    assert is_wrapped("'/x/rocq-exec' coqc")


@pytest.mark.parametrize(
    ("compiler", "expected"),
    [
        ("/c/coqc", {"COQC": "/s/rocq-exec/by-path/c/coqc"}),
        ("/r/rocq", {"COQC": f"{BY_PATH}/r/rocqc", "ROCQ": f"{BY_PATH}/r/rocq"}),
        ("/a b/coqc", {"COQC": f"'{BY_PATH}/a b/coqc'"}),
    ],
)
def test_the_setting_is_taken_where_nothing_is_set(compiler: str, expected: dict[str, str]) -> None:
    nowhere = {"PATH": "/nonexistent"}
    assert variables(nowhere, compiler) == expected

    set_by_hand = variables({**nowhere, "COQC": "/bin/sh"}, compiler)
    assert set_by_hand["COQC"] == f"{BY_PATH}/bin/sh"
