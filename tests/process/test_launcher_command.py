"""``rocqshim launcher``: one file, for a rule of dune."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def folder(tmp_path: Path, shim_env: dict[str, str]) -> Path:
    """A folder with a compiler that tells how it was called, in PATH."""
    (tmp_path / "bin").mkdir()
    compiler = tmp_path / "bin/coqc"
    compiler.write_text('#!/bin/sh\necho "called $*"\n')
    compiler.chmod(0o755)
    shim_env["PATH"] = f"{tmp_path}/bin:{shim_env['PATH']}"
    return tmp_path


def launcher(folder: Path, env: dict[str, str], *words: str) -> Done:
    command = ["rocqshim", "launcher", *words]
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_runs_the_compiler_behind_it(folder: Path, shim_env: dict[str, str]) -> None:
    assert launcher(folder, shim_env, "coqc", "-o", "coqc.sh").returncode == 0

    done = subprocess.run(
        ["./coqc.sh", "-q", "a.v"], cwd=folder, env=shim_env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip

    assert done.stdout == "called -q a.v\n"
    assert sorted(os.listdir(folder)) == ["bin", "coqc.sh"]


def test_the_text_is_the_same_until_the_compiler_changes(
    folder: Path, shim_env: dict[str, str]
) -> None:
    texts = [launcher(folder, shim_env, "coqc").stdout for _ in range(2)]
    (folder / "bin/coqc").write_text("#!/bin/sh\necho another one\n")
    texts.append(launcher(folder, shim_env, "coqc").stdout)

    assert texts[0] == texts[1] != texts[2]
    assert str(folder / "bin/coqc") in texts[0]


def test_it_is_found_behind_a_launcher_of_before(folder: Path, shim_env: dict[str, str]) -> None:
    """In a rule of dune the old one is first in PATH."""
    (folder / "old").mkdir()
    launcher(folder, shim_env, "coqc", "-o", "old/coqc")
    before = launcher(folder, shim_env, "coqc").stdout
    shim_env["PATH"] = f"{folder}/old:{shim_env['PATH']}"

    assert launcher(folder, shim_env, "coqc").stdout == before


def test_what_is_no_file_is_written_to(folder: Path, shim_env: dict[str, str]) -> None:
    """As root `-o /dev/null` would take it from the whole machine."""
    os.mkfifo(folder / "pipe")
    (folder / "out").symlink_to("/proc/self/fd/1")  # as /dev/stdout is
    text = launcher(folder, shim_env, "coqc").stdout
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    assert launcher(folder, shim_env, "coqc", "-o", "pipe").returncode == 0
    assert os.read(reader, 2**16).decode() == text
    os.close(reader)
    assert launcher(folder, shim_env, "coqc", "-o", "out").stdout == text
    with (folder / "file").open("w") as file:
        command = ["rocqshim", "launcher", "coqc", "-o", "out"]
        subprocess.run(command, cwd=folder, env=shim_env, stdout=file, timeout=60, check=True)
    assert (folder / "file").read_text() == text
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode) and (folder / "out").is_symlink()


def test_a_link_to_the_tool_itself_is_replaced(folder: Path, shim_env: dict[str, str]) -> None:
    (folder / "coqc").symlink_to("bin/coqc")

    assert launcher(folder, shim_env, "coqc", "-o", "coqc").returncode == 0

    assert not (folder / "coqc").is_symlink()
    assert "called" in (folder / "bin/coqc").read_text()


def test_a_folder_for_launchers_is_made(folder: Path, shim_env: dict[str, str]) -> None:
    """As docs/dune.md writes it: PATH begins with a folder that has nothing else."""
    assert launcher(folder, shim_env, "coqc", "-o", "limited/coqc").returncode == 0
    assert (folder / "limited/coqc").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        (["vsrocqtop"], "PATH has no vsrocqtop that is no launcher."),
        (["coqc", "-o", "no/such/folder/coqc"], "no/such/folder/coqc cannot be written"),
    ],
)
def test_errors_are_one_sentence_and_a_hint(
    folder: Path, shim_env: dict[str, str], words: list[str], fact: str
) -> None:
    done = launcher(folder, shim_env, *words)

    assert done.returncode == 1
    assert fact in done.stderr
    assert len(done.stderr.splitlines()) == 2
