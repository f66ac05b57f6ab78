"""Time and memory of each file, as Coq's own tools read them."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_coq_makefile import NAME, VALUE, needs_time, project  # noqa: F401 (a fixture)
from workspace import FILES, SOURCES, Done, Workspace, is_rocq

LINE = re.compile(
    r"^(theories/\w+(?:\.vo)?) \(real: \d+\.\d\d, user: \d+\.\d\d, "
    r"sys: \d+\.\d\d, mem: (\d+) ko\)$",
    re.M,
)
# make-one-time-file.py, as Coq's own Makefile calls it; in Debian's Coq 8 without its ending.
TOOLS = ["/usr/lib/ocaml/coq-core/tools", "/usr/lib/*/ocaml/*/coq-core/tools", "/usr/libexec/coq"]


def lines(done: Done) -> list[str]:
    assert not LINE.search(done.stdout)
    return sorted(name for name, _ in LINE.findall(done.stderr))


def tool(name: str, *words: str) -> str:
    folder = next(found for pattern in TOOLS for found in glob.glob(pattern))
    paths = [shutil.which(f"coq-makefile-{name}") or "", f"{folder}/{name}.py"]
    path = next(path for path in paths if os.path.exists(path))
    done = subprocess.run(
        [sys.executable, path, *words, "-"], env={**os.environ, "PYTHONPATH": folder},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_what_the_tools_make_of_it(project: Workspace, tmp_path: Path) -> None:  # noqa: F811
    slow = "Goal True. do 4000000 idtac. exact I. Qed.\n"
    project.write("theories/Base.v", SOURCES["theories/Base.v"] + slow)
    logs = []
    for number in range(2):
        if number:
            project.run("make", "clean")
            project.write("theories/Left.v", SOURCES["theories/Left.v"] + "Definition x := 1.\n")
        done = project.run("rocqshim", "run", "--timed", "--", "make", "-j2")
        assert lines(done) == [f"{name}o" for name in FILES]
        logs.append(tmp_path / f"{number}.log")
        logs[-1].write_text(done.stdout + done.stderr)

    one = tool("make-one-time-file", str(logs[0]))
    both = tool("make-both-time-files", str(logs[1]), str(logs[0]))

    rows = re.findall(r"^ *[\dm.]+s \| +(\d+) ko \| (?:theories/)?(\w+)(?:\.vo)? *$", one, re.M)
    assert {name for _, name in rows} == {"Base", "Left", "Right", "Both"}, one
    # Without cgroups memory is looked at five times a second: Base takes longer, others may not.
    assert int({name: memory for memory, name in rows}["Base"]) > 20_000
    assert re.search(r"\|\| [-+]\d+ ko +\|\| .*\| (?:theories/)?Left(?:\.vo)? *$|"
                     r"^ *[\dm.]+s .*(?:theories/)?Left", both, re.M), both  # fmt: skip
    assert both.count("ko") >= 3 * len(FILES)


def test_by_setting_and_by_variable(project: Workspace) -> None:  # noqa: F811
    assert lines(project.run("make", env={NAME: VALUE})) == []
    project.run("make", "clean")
    done = project.run("make", env={NAME: VALUE, "ROCQSHIM_TIMED": "1"})
    assert lines(done) == [f"{name}o" for name in FILES]
    project.run("make", "clean")
    project.write("pyproject.toml", "[tool.rocqshim]\ntimed = true\n")
    assert len(lines(project.run("make", env={NAME: VALUE}))) == len(FILES)


@needs_time
@pytest.mark.parametrize("form", ["before the launcher", "behind it"])
def test_no_double_lines_beside_timed(project: Workspace, form: str) -> None:  # noqa: F811
    env = {NAME: VALUE, "ROCQSHIM_TIMED": "1"}
    if form == "behind it":
        plain = "rocq" if is_rocq() else "coqc"
        env = {NAME: plain, "STDTIME": "rocq-exec time -f $(TIMEFMT)", "ROCQSHIM_TIMED": "1"}

    done = project.run("make", "TIMED=1", env=env)

    assert len(lines(done)) == len(FILES), done.stderr
    kind = "other" if form == "behind it" else "vo"
    # 9.2 runs a `time` of its own first.
    assert [file for file in project.files(len(FILES), kind) if file != "time"] == FILES


def test_pretty_timed_by_our_lines(project: Workspace) -> None:  # noqa: F811
    """Without GNU time: STDTIME is the launcher, which prints the line."""
    folder = next(found for pattern in TOOLS for found in glob.glob(pattern))
    env = {"ROCQSHIM_TIMED": "1", "PYTHONPATH": folder}
    args = [] if is_rocq() else [f"COQBIN={os.path.dirname(shutil.which('coqc') or '')}/"]

    done = project.run("make", "pretty-timed", "STDTIME=rocq-exec", *args, env=env)

    assert "Total Time / Peak Mem" in done.stdout
    assert len(re.findall(r"\| +\d+ ko \| (?:theories/)?\w+", done.stdout)) >= len(FILES)


def test_a_file_that_fails_has_its_line_as_well(project: Workspace) -> None:  # noqa: F811
    project.write("theories/Base.v", "Definition x := nonesuch.\n")

    done = project.run("make", env={NAME: VALUE, "ROCQSHIM_TIMED": "1"}, status=2)

    assert lines(done) == ["theories/Base.vo"]
