"""Variables that name what is not there: COQBIN, and those of makefiles, compilers and ours."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocqshim.doctor import programs, variables
from rocqshim.doctor.check import DEGRADED, OK
from rocqshim.doctor.host import Host


def host(folder: Path, **environ: str) -> Host:
    """A machine whose PATH has a coqc and the launcher."""
    for name in ("coqc", "rocq-exec"):
        path = folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\necho 8.16.1 4.14.1\n")
        path.chmod(0o755)
    return Host(environ={"PATH": f"{folder}/bin:{os.defpath}", **environ})


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("COQC", "/x/coqc", "COQC: there is no program /x/coqc"),
        ("COQC", "rocq-exec /x/coqc", "COQC: there is no program /x/coqc"),
        ("COQC", "OPAMX=1 /x/coqc -q", "COQC: there is no program /x/coqc"),
        ("COQC", "'/x y/rocq-exec' coqc", "COQC: there is no program /x y/rocq-exec"),
        ("ROCQ", "rocq-missing", "ROCQ: there is no program rocq-missing"),
        ("COQCHK", "/x/coqchk", "COQCHK: there is no program /x/coqchk"),
        ("ROCQ_EXEC", "/x/rocq-exec", "ROCQ_EXEC: there is no program /x/rocq-exec"),
        ("ROCQ_EXEC", "", "ROCQ_EXEC is empty"),
        ("COQLIB", "/x", "COQLIB=/x: there is no /x/theories"),
        ("ROCQLIB", "/x", "ROCQLIB=/x: there is no /x/theories"),
        ("COQCORELIB", "/x", "COQCORELIB=/x: there is no /x/"),
        ("ROCQSHIM_IDLE", "1min", "ROCQSHIM_IDLE=1min is no number of seconds"),
        ("ROCQSHIM_START_TIMEOUT", "nan", "ROCQSHIM_START_TIMEOUT=nan is no number of seconds"),
    ],
)
def test_what_a_variable_names_is_not_there(
    tmp_path: Path, name: str, value: str, found: str
) -> None:
    check = variables.variables(host(tmp_path, **{name: value}))

    assert (check.status, check.found, check.mend) == (DEGRADED, found, f"unset {name}")
    assert check.means


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"COQC": "coqc -q", "ROCQ_EXEC": "rocq-exec"},
        {"COQC": "rocq-exec -X a=b coqc"},
        {"COQC": "$(which coqc) -q", "ROCQ": "'", "COQCHK": ""},
        {"ROCQSHIM_IDLE": "0.5", "ROCQSHIM_START_TIMEOUT": "120", "COQLIB": ""},
    ],
)
def test_what_is_there_or_cannot_be_told_is_well(tmp_path: Path, environ: dict[str, str]) -> None:
    assert variables.variables(host(tmp_path, **environ)).status == OK


def test_a_library_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "theories").mkdir()

    assert variables.variables(host(tmp_path, COQLIB=str(tmp_path))).status == OK


@pytest.mark.parametrize(
    ("folder", "what"), [("nowhere", "is not there"), ("empty", "has neither coqc nor rocq")]
)
def test_a_wrong_coqbin_has_a_cure_about_coqbin(tmp_path: Path, folder: str, what: str) -> None:
    (tmp_path / "empty").mkdir()
    wrong = str(tmp_path / folder)

    check = programs.compiler(host(tmp_path, COQBIN=wrong))

    assert (check.status, check.found) == (DEGRADED, f"COQBIN={wrong} {what}")
    assert check.mend.startswith(
        f"unset COQBIN   (PATH has {tmp_path}/bin/coqc), or export COQBIN="
    )


def test_no_unset_where_path_has_no_compiler_either(tmp_path: Path) -> None:
    check = programs.compiler(Host(environ={"PATH": str(tmp_path), "COQBIN": str(tmp_path)}))

    assert check.mend.startswith("export COQBIN=") and "opam env" not in check.mend


def test_a_compiler_that_does_not_start(tmp_path: Path) -> None:
    found = host(tmp_path)
    (tmp_path / "bin/coqc").write_text("#!/nonexistent\n")

    check = programs.compiler(found)

    assert check.status == DEGRADED and "does not start" in check.means
    assert check.mend == f"{tmp_path}/bin/coqc --print-version"
