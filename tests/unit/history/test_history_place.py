"""Where the history lies."""

from __future__ import annotations

import pytest

from rocqshim.history import FILE, default_path


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
