"""How a compile is found and repeated."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from rocqshim.blame.call import Call, find_call, logical_folder, options_of, repeated, typed
from rocqshim.errors import UserError
from rocqshim.history import BLAME
from unit.history.support import JOB, opened


def words(*given: str, file: str = "theories/X.v", kind: str = "vo", cwd: str = "/p") -> list[str]:
    return repeated(Call(cwd, given, file, kind, "history"), "/t")


X = "theories/X.v"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["coqc", X], ["coqc", "-time", "-noglob", "-o", "/t/X.vo", X]),
        (["/usr/bin/rocq", "c", "-q", X],
         ["/usr/bin/rocq", "c", "-time", "-noglob", "-q", "-o", "/t/X.vo", X]),
        (["-q", X], ["-time", "-noglob", "-q", "-o", "/t/X.vo", X]),
        (["c", "-q", X], ["c", "-time", "-noglob", "-q", "-o", "/t/X.vo", X]),
        (["timeout", "60", "coqc.opt", X, "-q"],
         ["timeout", "60", "coqc.opt", "-time", "-noglob", "-o", "/t/X.vo", X, "-q"]),
        (["coqc", "-topfile", X, "-w", "-time", X],
         ["coqc", "-time", "-noglob", "-topfile", X, "-w", "-time", "-o", "/t/X.vo", X]),
        (["coqc", "theories/X", "-R", ".", "P"],
         ["coqc", "-time", "-noglob", "-Q", "/t", "P.theories", "-o", "/t/X.vo", "theories/X",
          "-R", ".", "P"]),
        (["coqc", "-time", "-Q", "theories", "P", "-o", "theories/X.vo", "-dump-glob", "x", X],
         ["coqc", "-time", "-noglob", "-Q", "theories", "P", "-Q", "/t", "P", "-o", "/t/X.vo", X]),
        (["rocq", "compile", "-time-file", "X.timing", "-profile", "p", "-R", ".", "", X],
         ["rocq", "compile", "-time", "-noglob", "-R", ".", "", "-Q", "/t", "theories",
          "-o", "/t/X.vo", X]),
    ],
)  # fmt: skip
def test_all_output_goes_elsewhere(given: list[str], expected: list[str]) -> None:
    assert words(*given) == expected


def test_a_vos() -> None:
    assert words("coqc", "-vos", X, kind="vos")[-2:] == ["/t/X.vos", X]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("-Q theories P", "P.sub"),
        ("-R . All -Q theories P", "P.sub"),
        ("-Q theories P -R . All", "P.sub"),
        ("-Q . All", "All.theories.sub"),
        ("-Q theories/sub ''", ""),
        ("-Q elsewhere P", None),
        ("-Q", None),
        ("", None),
    ],
)
def test_the_name_of_the_library(tmp_path: Path, options: str, name: str | None) -> None:
    (tmp_path / "theories/sub").mkdir(parents=True)
    given = ["coqc", *options.replace("''", "\0").split(), "theories/sub/X.v"]
    given = ["" if word == "\0" else word for word in given]
    call = Call(str(tmp_path), tuple(given), given[-1], "vo", "history")

    assert logical_folder(given, call) == name


def test_the_options_of_a_project_file() -> None:
    text = (
        '-R theories P # a comment\n-Q "a b" Q\n-I src\n-arg -w\n-arg "-set \'A B\'"\n'
        "COQEXTRAFLAGS = -x\ntheories/X.v\n"
    )
    assert options_of(text) == [
        "-R", "theories", "P", "-Q", "a b", "Q", "-I", "src", "-w", "-set", "A B",
    ]  # fmt: skip


def test_a_quote_is_a_letter_as_for_coq_makefile() -> None:
    assert options_of("A'.v # it's\n-Q it's Q\n") == ["-Q", "it's", "Q"]


@pytest.mark.parametrize("text", ['-Q "a b Q', '-arg "-set \'A B"'])
def test_a_project_file_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "_CoqProject"
    path.write_text(text)

    with pytest.raises(UserError) as error:
        find_call(None, str(tmp_path), "X.v")

    assert error.value.fact == f"{path} cannot be read: No closing quotation."


def test_the_last_call_that_was_recorded(tmp_path: Path) -> None:
    root = str(tmp_path)
    (tmp_path / "X.v").touch()
    (tmp_path / "_CoqProject").write_text("-Q . P\n")
    history = opened(str(tmp_path / "state/rocqshim/history"))
    assert find_call(history, root, "X.v").source == "_CoqProject"

    calls = {
        "old": replace(JOB, started=1.0),
        "good": replace(JOB, started=2.0),
        "vos": replace(JOB, started=3.0, kind="vos"),
        "blame": replace(JOB, started=4.0, build=f"{BLAME}1"),
        "gone": replace(JOB, started=5.0, cwd="/nowhere"),
        "none": replace(JOB, started=6.0, command=None),
    }
    for name, job in calls.items():
        row = replace(job, root=root, file="X.v", cwd=root if job.cwd == JOB.cwd else job.cwd)
        command = row.command and json.dumps(["coqc", f"-{name}", "X.v"])
        history.record(replace(row, command=command))

    found = find_call(history, root, "X.v")
    assert (found.words, found.cwd, found.source) == (("coqc", "-good", "X.v"), root, "history")


def test_without_anything(tmp_path: Path) -> None:
    found = find_call(None, str(tmp_path), "a/X.v")

    assert (found.cwd, found.words) == (str(tmp_path), ("-q", "a/X.v"))
    assert found.path == os.path.join(tmp_path, "a/X.v")


def test_a_command_as_one_would_type_it() -> None:
    assert typed(["-q", X]) == "rocq-exec -q theories/X.v"
    assert typed(["coqc", "-q", X]) == "coqc -q theories/X.v"
