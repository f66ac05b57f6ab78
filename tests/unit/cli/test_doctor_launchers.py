"""The check of the launchers that `rocqshim shims` has written, with compilers made of a script."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.launchers import GONE, OTHER, UPGRADED, launchers
from rocqshim.shims.folder import renew
from rocqshim.shims.tools import tools_in_path


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with coqc and rocq, alone in PATH; the current folder is a project."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("coqc", "rocq"):
        compiler(folder / name, "8.16.1")
    (tmp_path / "_CoqProject").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def compiler(path: Path, version: str) -> None:
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(0o755)


def looked_at() -> Check:
    return launchers(Host(environ={"HOME": "/nowhere"}))


def test_there_are_none(tools: Path) -> None:
    assert looked_at().status == SKIPPED


def test_they_are_current(tools: Path) -> None:
    renew(Path(".rocqshim/bin"), tools_in_path())

    found = looked_at()

    assert found.status == OK
    assert found.found == ".rocqshim/bin: coqc rocq are current"


@pytest.mark.parametrize("why", [UPGRADED, GONE, OTHER])
def test_one_is_not_and_the_mend_mends_it(tools: Path, tmp_path: Path, why: str) -> None:
    renew(Path(".rocqshim/bin"), tools_in_path())
    launcher = tmp_path / ".rocqshim/bin/coqc"
    if why == UPGRADED:
        compiler(tools / "coqc", "8.20.1 of another size")
    elif why == GONE:
        (tools / "coqc").unlink()
    else:
        launcher.write_text(launcher.read_text() + "# older\n")

    found = looked_at()
    renew(Path(".rocqshim/bin"), tools_in_path())

    assert (found.status, found.means, found.mend) == (DEGRADED, why, "rocqshim shims")
    assert found.found == ".rocqshim/bin: not current: coqc"
    assert looked_at().status == OK
