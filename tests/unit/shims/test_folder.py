"""A folder of launchers: what is written, what is renewed and removed, what is left alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rocqshim
from rocqshim.errors import UserError
from rocqshim.launch.call import CHECKERS, COMPILERS, SERVERS, TOPLEVELS
from rocqshim.shims.folder import START, clear, identity_in, is_ours, launcher, renew
from rocqshim.shims.identity import file_of, identity
from rocqshim.shims.tools import TOOLS, is_covered, tools_in_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "p/.rocqshim/bin"


def compiler(path: Path, version: str = "8.16.1", more: str = "") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (
        "#!/bin/sh\n"
        f"case $* in *--print-version) echo {version} 4.13.1 ;; *-where) echo {path.parent}/lib ;;"
        f" esac\n{more}"
    )
    path.write_bytes(os.fsencode(text))
    path.chmod(0o755)
    return str(path)


def test_written_once_and_then_current(folder: Path, tmp_path: Path) -> None:
    tools = {"coqc": compiler(tmp_path / "coqc"), "coqtop": compiler(tmp_path / "coqtop")}

    first, second = renew(folder, tools), renew(folder, tools)

    assert (first.written, first.current, first.removed, first.foreign) == (
        ["coqc", "coqtop"], [], [], [],
    )  # fmt: skip
    assert (second.written, second.present) == ([], ["coqc", "coqtop"])
    assert sorted(os.listdir(folder)) == ["coqc", "coqtop"]
    assert all(os.access(folder / name, os.X_OK) for name in tools)
    assert (folder.parent / ".gitignore").read_text() == "*\n"


def test_git_sees_nothing_of_it(folder: Path, tmp_path: Path) -> None:
    renew(folder, {"coqc": compiler(tmp_path / "coqc")})
    git = ["git", "-C", str(tmp_path / "p")]
    subprocess.run([*git, "init", "-q"], check=True)

    done = subprocess.run([*git, "status", "--short"], capture_output=True, check=True)
    assert done.stdout == b""


def test_a_gitignore_that_is_there_stays(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder.parent / ".gitignore").write_text("bin\n")

    renew(folder, {"coqc": compiler(tmp_path / "coqc")})
    clear(folder)

    assert (folder.parent / ".gitignore").read_text() == "bin\n"


def test_a_gitignore_that_leads_elsewhere_is_not_followed(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder.parent / ".gitignore").symlink_to(tmp_path / "elsewhere")

    renew(folder, {"coqc": compiler(tmp_path / "coqc")})

    assert not (tmp_path / "elsewhere").exists()


def test_another_folder_gets_no_gitignore(tmp_path: Path) -> None:
    renew(tmp_path / "mine/bin", {"coqc": compiler(tmp_path / "coqc")})

    assert os.listdir(tmp_path / "mine") == ["bin"]


def test_a_tool_that_has_gone(folder: Path, tmp_path: Path) -> None:
    tool = compiler(tmp_path / "coqc")
    renew(folder, {"coqc": tool, "coqtop": tool, "fcc": tool})

    changes = renew(folder, {"coqc": tool})

    assert (changes.removed, changes.current) == (["coqtop", "fcc"], ["coqc"])
    assert os.listdir(folder) == ["coqc"]


def test_somebody_elses_files(folder: Path, tmp_path: Path) -> None:
    """By whatever name, and links also to launchers, are left as they are."""
    folder.mkdir(parents=True)
    (folder / "coqc").write_text("#!/bin/sh\n# mine\n")
    (folder / "coqtop").symlink_to("/nonexistent/rocq-exec")
    (folder / "coqchk").mkdir()
    (folder / "notes").write_text("mine")
    tools = {name: compiler(tmp_path / "tool") for name in ("coqc", "coqtop", "coqchk", "rocq")}

    changes = renew(folder, tools)
    assert (changes.foreign, changes.written) == (["coqc", "coqtop", "coqchk"], ["rocq"])
    changes = clear(folder)

    assert (changes.foreign, changes.removed) == (["coqc", "coqtop", "coqchk"], ["rocq"])
    assert (folder / "coqc").read_text() == "#!/bin/sh\n# mine\n"
    assert sorted(os.listdir(folder)) == ["coqc", "coqchk", "coqtop", "notes"]


def test_removed_without_a_trace(folder: Path, tmp_path: Path) -> None:
    renew(folder, {"coqc": compiler(tmp_path / "coqc")})

    assert clear(folder).removed == ["coqc"]
    assert not folder.parent.exists()
    assert clear(folder).removed == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UserError, match=r"file.* cannot be written: Not a directory") as error:
        renew(tmp_path / "file/bin", {"coqc": compiler(tmp_path / "coqc")})
    assert error.value.hint == "Choose another folder: rocqshim shims DIR"


# What dune sees -------------------------------------------------------------------------------


def test_its_content_tells_the_compiler(tmp_path: Path) -> None:
    path = compiler(tmp_path / "coqc")
    os.utime(path, (1e9, 1e9))
    lines = identity("coqc", path)

    size = os.path.getsize(path)
    when = "2001-09-09 01:46:40.000000000 UTC"
    assert lines == [f"{path}, {size} bytes, of {when}", "version 8.16.1 4.13.1"]
    text = launcher("coqc", path)
    assert all(f"\n#   {line}\n".encode() in text for line in lines)
    assert file_of(lines[0]) == path
    assert file_of(lines[1]) == ""


@pytest.mark.parametrize("change", ["version", "size", "time", "nanosecond", "path"])
def test_another_compiler_is_another_content(folder: Path, tmp_path: Path, change: str) -> None:
    path = compiler(tmp_path / "coqc", more="#\n")
    os.utime(path, (1e9, 1e9))
    renew(folder, {"coqc": path})
    before = (folder / "coqc").read_bytes()

    if change == "version":
        compiler(tmp_path / "coqc", "8.17.0")
    elif change == "size":
        compiler(tmp_path / "coqc", more="# an option more\n")
        os.utime(path, (1e9, 1e9))
    elif change == "time":
        os.utime(path, (1e9 + 1, 1e9 + 1))
    elif change == "nanosecond":
        os.utime(path, ns=(10**18 + 1, 10**18 + 1))
    else:
        path = compiler(tmp_path / "new/coqc", more="#\n")
    changes = renew(folder, {"coqc": path})

    assert changes.written == ["coqc"]
    assert (folder / "coqc").read_bytes() != before


def test_the_worker_of_rocq_9_counts(folder: Path, tmp_path: Path) -> None:
    """`rocq` is a small program that stays the same while the compiler behind it changes."""
    path = compiler(tmp_path / "rocq", "9.2.0")
    worker = tmp_path / "rocq-runtime/rocqworker"
    worker.parent.mkdir()
    (tmp_path / "lib").mkdir()
    worker.write_text("one")
    renew(folder, {"rocq": path})
    assert identity_in(folder / "rocq")[2].startswith(f"{worker}, 3 bytes, of ")
    assert renew(folder, {"rocq": path}).current == ["rocq"]

    worker.write_text("another")

    assert renew(folder, {"rocq": path}).written == ["rocq"]


def test_a_compiler_is_asked_only_once(folder: Path, tmp_path: Path) -> None:
    path = compiler(tmp_path / "coqc", more=f"echo asked >> {tmp_path}/asked\n")
    for _ in range(3):
        renew(folder, {"coqc": path})

    assert (tmp_path / "asked").read_text().split() == ["asked"] * 2  # version, -where


def test_limits_are_not_in_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew(folder, {"coqc": compiler(tmp_path / "coqc")})
    monkeypatch.setenv("ROCQSHIM_MEMORY_MAX", "1G")

    assert renew(folder, {"coqc": str(tmp_path / "coqc")}).written == []


def test_a_compiler_that_says_nothing_and_has_an_odd_name(folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / "a\nb, ü\udcff'x"
    odd.mkdir()
    path = compiler(odd / "coqc")
    (odd / "coqc").write_text("#!/bin/sh\nexit 3\n")

    renew(folder, {"coqc": path})

    assert b"version unknown" in (folder / "coqc").read_bytes()
    assert subprocess.run(["sh", "-n", str(folder / "coqc")], check=True).returncode == 0
    assert renew(folder, {"coqc": path}).present == ["coqc"]


def test_the_text_is_for_this_installation(tmp_path: Path) -> None:
    text = launcher("coqc", compiler(tmp_path / "coqc")).decode()

    (python,) = re.findall(r"^rq_python=(.*)$", text, re.M)
    assert os.path.samefile(python, sys.executable)
    assert f"\nrq_start={START}\n" in text
    assert "@" not in text.replace('"$@"', "")


# What PATH has --------------------------------------------------------------------------------


def test_tools_in_path(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = compiler(tmp_path / "real/coqc")
    (tmp_path / "links").mkdir()
    (tmp_path / "links/coqtop").symlink_to("../real/coqtop")
    compiler(tmp_path / "real/coqtop")
    compiler(tmp_path / "real/coqdep")
    renew(folder, {"coqc": real})
    monkeypatch.setenv("PATH", f"{folder}:{tmp_path}/links:{tmp_path}/real")

    found = tools_in_path()

    assert set(found) == {"coqc", "coqtop"} <= set(TOOLS)
    assert found["coqc"] == real
    assert os.path.samefile(found["coqtop"], tmp_path / "real/coqtop")
    assert is_covered("coqc") and not is_covered("coqtop") and not is_covered("rocq")
    assert is_ours(folder / "coqc") and not is_ours(tmp_path / "real/coqc")


def test_each_tool_is_one_that_the_launcher_knows() -> None:
    known = {"rocq", "fcc", *COMPILERS, *CHECKERS, *TOPLEVELS, *SERVERS}

    assert {name.removesuffix(".byte").removesuffix(".opt") for name in TOOLS} == known
    script = Path(rocqshim.__file__).with_name("launch") / "rocq-exec"
    words = set(re.findall(r"[\w.-]+", script.read_text()))
    assert words.issuperset(TOOLS)
