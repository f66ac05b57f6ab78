from __future__ import annotations

from pathlib import Path

import pytest

from rocqshim.run.log import log_path
from rocqshim.settings.machine import this_machine
from rocqshim.settings.resolve import resolve


def found(root: Path, named: str | None = None, **environ: str) -> Path | None:
    settings = resolve(root, {"HOME": str(root / "home"), **environ}, this_machine())
    return log_path(named, settings)


def test_none_was_asked_for(tmp_path: Path) -> None:
    assert found(tmp_path) is None


@pytest.mark.parametrize(
    ("written", "path"), [("build.log", "{root}/build.log"), ("/var/x.log", "/var/x.log")]
)
def test_a_setting_counts_from_the_project(tmp_path: Path, written: str, path: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.rocqshim]\nlog = "{written}"\n')

    assert str(found(tmp_path)) == path.format(root=tmp_path)


def test_the_option_counts_from_here(tmp_path: Path) -> None:
    assert found(tmp_path, ROCQSHIM_LOG="a.log") == tmp_path / "a.log"
    assert found(tmp_path, "b.log", ROCQSHIM_LOG="a.log") == Path("b.log")
