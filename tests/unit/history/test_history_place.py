"""Where the history lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocqshim.history import FILE, default_path
from rocqshim.history.place import elsewhere


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"ROCQSHIM_STATE": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"}, f"/s/{FILE}"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, f"/x/rocqshim/{FILE}"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
        ({"ROCQSHIM_STATE": "relative", "XDG_STATE_HOME": "/x"}, f"/x/rocqshim/{FILE}"),
        ({"HOME": "/h"}, f"/h/.local/state/rocqshim/{FILE}"),
    ],
)
def test_where_it_lives(environ: dict[str, str], expected: str) -> None:
    assert default_path(environ) == expected


def test_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_path({}).endswith(f"/.local/state/rocqshim/{FILE}")

    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)
    assert default_path({}) == f"/nonexistent/.local/state/rocqshim/{FILE}"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be in somebody else's home")
def test_root_leaves_nothing_in_the_home_of_another(tmp_path: Path) -> None:
    """`sudo -E`: what root makes there, that user can write no more."""
    os.chown(tmp_path, 65534, 65534)
    roots = default_path({})

    for environ in ({"HOME": str(tmp_path)}, {"XDG_STATE_HOME": f"{tmp_path}/.local/state"}):
        assert default_path(environ) == roots
        assert roots in elsewhere(environ, roots)
    chosen = {"HOME": str(tmp_path), "ROCQSHIM_STATE": f"{tmp_path}/state"}
    assert default_path(chosen) == f"{tmp_path}/state/{FILE}"
    assert elsewhere(chosen, "") == ""
