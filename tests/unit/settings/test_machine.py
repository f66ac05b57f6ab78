from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocqshim.errors import UserError
from rocqshim.settings.machine import this_machine


def test_this_machine() -> None:
    machine = this_machine()

    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert machine.memory == pytest.approx(pages, rel=0.01)
    assert machine.cores == len(os.sched_getaffinity(0))


def test_only_cores_that_we_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Slurm step of 3 cores on a node of 128."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {4, 5, 6})

    assert this_machine().cores == 3


def test_total_and_not_free(tmp_path: Path) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemFree: 1 kB\nMemTotal:       24684084 kB\nSwapTotal: 5 kB\n")

    assert this_machine(str(meminfo)).memory == 24684084 * 1024


@pytest.mark.parametrize("text", ["", "MemTotal:\n", "MemTotal: x kB\n", "MemTotal: ä\n"])
def test_no_meminfo_that_we_know(tmp_path: Path, text: str) -> None:
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(text)

    with pytest.raises(UserError, match="The size of RAM is not known"):
        this_machine(str(meminfo))


def test_no_proc(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        this_machine(str(tmp_path / "none"))
