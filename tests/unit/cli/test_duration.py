from __future__ import annotations

import pytest

from rocqshim.cli.duration import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.044, "0.04 s"),
        (1, "1.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (192, "3 min 12 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (200000, "55 h 33 min"),
    ],
)
def test_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
