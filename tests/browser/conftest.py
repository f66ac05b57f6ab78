"""One browser for all tests of pages, and pages of builds that never were."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rocqshim.report.page import page

from .chromium import Chromium
from .documents import document


@pytest.fixture(scope="package")
def chromium(session_folder: Path) -> Iterator[Chromium]:
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no chromium: apt-get install chromium chromium-driver")
    with pytest.MonkeyPatch.context() as patch:
        home = session_folder / "chromium"
        home.mkdir()
        for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            patch.setenv(name, str(home))
        browser = Chromium(program, driver)
        yield browser
        browser.close()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """Writes the page of a document, as the command does."""

    def written(found: dict[str, Any]) -> Path:
        path = tmp_path / "report.html"
        path.write_text(page(found), encoding="utf-8")
        return path

    return written


@pytest.fixture
def built(write: Callable[[dict[str, Any]], Path]) -> Path:
    """The page of a build of 60 files."""
    return write(document())
