"""Names of tools, links, and what a launcher remembers of the way to it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from rocqshim.launch.search import absolute, is_launcher, is_tool, without_links
from rocqshim.shims.folder import START
from rocqshim.shims.tools import TOOLS


@pytest.mark.parametrize("name", TOOLS)
def test_every_tool_is_one(name: str) -> None:
    assert is_tool(name)


def test_the_script_has_the_same_names() -> None:
    """A link of such a name stands for the tool; one of any other name is rocq-exec."""
    text = (Path(START).parent / "rocq-exec").read_text()
    (names,) = re.findall(r"rocq-exec\) ;;\n(.*?)\) rq_tool=", text, re.S)

    assert set(re.findall(r"[\w.-]+", names)) == set(TOOLS)


@pytest.mark.parametrize("name", ["rocq-exec", "rocq-exec-0.1", "make", "sh", "", "fcc2", "xcoqc"])
def test_what_is_none(name: str) -> None:
    assert not is_tool(name)


def test_links_that_keep_the_name(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/coqc").touch()
    (tmp_path / "one").mkdir()
    (tmp_path / "one/coqc").symlink_to("../real/coqc")
    (tmp_path / "coqc").symlink_to(tmp_path / "one/coqc")
    (tmp_path / "coqtop").symlink_to("real/coqc")
    (tmp_path / "loop").mkdir()
    (tmp_path / "loop/coqc").symlink_to("coqc")

    assert os.path.samefile(
        os.path.dirname(without_links(str(tmp_path / "coqc"))), tmp_path / "real"
    )
    assert without_links(str(tmp_path / "coqtop")) == str(tmp_path / "coqtop")
    assert without_links(str(tmp_path / "real/coqc")) == str(tmp_path / "real/coqc")
    assert without_links(str(tmp_path / "loop/coqc")).endswith("/loop/coqc")


def test_what_is_no_launcher(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"#!/bin/sh\n# rocqshi")
    (tmp_path / "secret").write_bytes(b"#!/bin/sh\n# rocqshim launcher")
    os.mkfifo(tmp_path / "pipe")

    assert not is_launcher(str(tmp_path / "text"))
    assert not is_launcher(str(tmp_path / "pipe"))
    assert not is_launcher(str(tmp_path))
    assert not is_launcher("/nonexistent")
    assert is_launcher(str(tmp_path / "secret"))


def test_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")

    assert absolute("/a/coqc") == "/a/coqc"
    assert absolute("bin/coqc") == f"{tmp_path}/gone/bin/coqc"
    (tmp_path / "gone").rmdir()
    assert absolute("bin/coqc") == "bin/coqc"
