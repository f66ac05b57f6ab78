"""The line of ``rocqshim run --progress``: what it says, and what goes where there is no room."""

from __future__ import annotations

from typing import Any

import pytest

from rocqshim.run.progress import progress_text
from rocqshim.top.cells import width_of

M = 1 << 20
ANSWER: dict[str, Any] = {
    "done": 45, "total": 120, "running": 2, "waiting": 1, "failed": 0, "killed": 0,
    "cancelled": 0, "memory": 403 * M, "memory_max": 600 * M, "paused": False, "left": 192.0,
}  # fmt: skip
ALL = "45 of 120+ files, 2 running, 1 waiting, 403M of 600M, 3m12s left"


@pytest.mark.parametrize(
    ("changes", "columns", "text"),
    [
        ({}, 120, f"rocqshim: [##########                  ] {ALL}"),
        ({}, 80, f"[####        ] {ALL}"),
        (
            {"failed": 3},
            80,
            "[#####        ] 45 of 120+ files, 2 running, 3 failed, 403M of 600M, 3m12s left",
        ),
        ({"failed": 3}, 50, "[###     ] 45 of 120+ files, 3 failed, 3m12s left"),
        ({}, 30, "45 of 120+ files, 3m12s left"),
        ({"total": None}, 80, "rocqshim: 45 files done, 2 running, 1 waiting, 403M of 600M, 1m40s"),
        ({"left": None}, 120, f"rocqshim: [##########                  ] {ALL[:-10]}1m40s"),
    ],
)
def test_the_line(changes: dict[str, Any], columns: int, text: str) -> None:
    assert progress_text({**ANSWER, **changes}, 100, 0, columns) == text


@pytest.mark.parametrize("columns", range(45, 201))
def test_a_bar_wherever_there_is_room(columns: int) -> None:
    text = progress_text(ANSWER, 100, 0, columns)

    assert "[#" in text and width_of(text) < columns
