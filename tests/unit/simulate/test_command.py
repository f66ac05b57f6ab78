"""``rocqshim simulate`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rocqshim.__main__ import main

TRACE = {
    "name": "small",
    "files": [
        {"file": "a.v", "seconds": 10, "peak_bytes": 6 * 2**30, "deps": []},
        {"file": "b.v", "seconds": 10, "peak_bytes": 6 * 2**30, "deps": []},
        {"file": "c.v", "seconds": 4, "peak_bytes": 3 * 2**30, "deps": []},
        {"file": "d.v", "seconds": 4, "peak_bytes": 3 * 2**30, "deps": ["c.v"]},
    ],
}


@pytest.fixture
def path(tmp_path: Path) -> str:
    file = tmp_path / "trace.json"
    file.write_text(json.dumps(TRACE))
    return str(file)


def test_text(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", path, "--memory", "10G", "--cores", "3"]) == 0

    assert capsys.readouterr().out.splitlines() == [
        "small: 4 files, 10G, 3 cores, -j all, all built before",
        "  makespan       20.0 s  1.000 of the oracle",
        "  oracle         20.0 s  all-knowing list schedule by critical path",
        "  lower bound    14.4 s  no schedule can be shorter",
        "  OOM kills      0",
        "  failed builds  0",
        "  MAQ            1.00    used / (used + over-reserved + under-reserved)",
        "  make alone, without rocqshim:",
        "    -j1  28.0 s  the best of them",
        "    -j2  fails   out of memory",
        "    -j3  fails   out of memory",
    ]


def test_json(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--memory", "10G", "--cores", "3", "--jobs", "2", "--cold", "--use", "ramp", "--json"]
    assert main(["simulate", path, *words]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    assert (found["memory_max"], found["cores"], found["jobs"]) == (10 * 2**30, 3, 2)
    assert (found["use"], found["cold"], found["files"]) == ("ramp", True, 4)
    assert found["makespan"] >= found["lower_bound"]
    assert found["best_static"] == {"jobs": 1, "makespan": 28.0}
    assert found["static"][2]["makespan"] is None
    assert found["failed_builds"] == 0
    assert {"oracle", "oom_kills", "jobs_repeated", "failed", "maq"} < set(found)


def test_a_build_that_fails_is_said_and_is_the_status(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", path, "--memory", "5G", "--cores", "3"]) == 1

    out = capsys.readouterr().out
    assert "failed after" in out
    assert "failed builds  1" in out
    assert ".v needs 6G" in out
    assert "of the oracle" not in out


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--memory", "x"], '--memory "x" is not a size.'),
        (["--memory", "0"], '--memory "0" is zero.'),
        (["--cores", "0"], '--cores "0" is out of range.'),
        (["--cores", "many"], '--cores "many" is not a whole number.'),
        (["--jobs", "0"], '--jobs "0" is out of range.'),
        (["--noise", "x"], '--noise "x" is no such share.'),
        (["--noise", "-1"], '--noise "-1" is no such share.'),
    ],
)
def test_a_bad_option_is_named(
    path: str, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", path, *words]) == 2

    fact, hint = capsys.readouterr().err.splitlines()
    assert fact == f"rocqshim: {problem}"
    assert hint.startswith("  Allowed: ")


def test_a_bad_trace_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.json").write_text("{}")

    assert main(["simulate", str(tmp_path / "t.json")]) == 1
    assert 'is refused: it has no list "files".' in capsys.readouterr().err


def test_without_a_limit_and_with_noise(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--memory", "infinity", "--cores", "4", "--noise", "3%", "--seed", "2"]
    assert main(["simulate", path, *words]) == 0

    assert "small: 4 files, infinity, 4 cores" in capsys.readouterr().out
