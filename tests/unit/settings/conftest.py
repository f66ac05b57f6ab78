"""A project in a temporary folder, and the machine that the reference numbers are for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from rocqshim.errors import UserError
from rocqshim.settings.model import Machine, Settings
from rocqshim.settings.resolve import resolve

from .support import REFERENCE, Refused, Resolve

# What is random is checked, not timed: other work on the machine makes a case slow.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's folder, called ``proj``."""
    folder = tmp_path / "proj"
    folder.mkdir()
    return folder


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where the user's config.toml is, once a test has written one."""
    return tmp_path / "xdg" / "rocqshim" / "config.toml"


@pytest.fixture
def settings(root: Path, config: Path) -> Resolve:
    """Resolve with these texts of the files and these variables; "{…}" for no file."""

    def run(
        project: str | None = None,
        user: str | None = None,
        machine: Machine = REFERENCE,
        **variables: str,
    ) -> Settings:
        if project is not None:
            (root / "pyproject.toml").write_text("[tool.rocqshim]\n" + project)
        if user is not None:
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text(user)
        environ = {"XDG_CONFIG_HOME": str(config.parent.parent)}
        environ |= {f"ROCQSHIM_{name.upper()}": value for name, value in variables.items()}
        return resolve(root, environ, machine)

    return run


@pytest.fixture
def refused(settings: Resolve) -> Refused:
    """As ``settings``, for what must be an error."""

    def run(*texts: str | None, **variables: str) -> UserError:
        with pytest.raises(UserError) as caught:
            settings(*texts, **variables)
        return caught.value

    return run
