"""The rest of a build is foreseen anew only as often as that is cheap; what is done is exact."""

from __future__ import annotations

import time

from rocqshim.broker.foreseen import Foreseen
from rocqshim.broker.progress import Progress


def test_what_is_dear_is_done_seldom() -> None:
    asked = []

    def foresee() -> Progress:
        asked.append(1)
        time.sleep(0.01)
        return Progress(1, 9, 60.0)

    foreseen, began = Foreseen(), time.monotonic()
    while time.monotonic() - began < 0.3:
        found = foreseen.now({"a", "b"}, foresee)
    passed = time.monotonic() - began

    assert len(asked) <= 1 + passed / (50 * 0.01)
    assert (found.done, found.total) == (2, 9)
    assert found.left is not None and 60 - passed - 0.1 < found.left < 60


def test_a_file_more_than_foreseen_makes_the_total_larger() -> None:
    foreseen = Foreseen(Progress(1, 2, 0.5), time.monotonic() - 1, float("inf"))

    found = foreseen.now({"a", "b", "c"}, lambda: Progress(0, 0, 0))

    assert found == Progress(3, 3, 0.0)


def test_what_nobody_knows_stays_unknown() -> None:
    assert Foreseen().now({"a"}, lambda: Progress(1, None, None)) == Progress(1, None, None)
