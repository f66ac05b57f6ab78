from __future__ import annotations

from typing import Any

import pytest

from rocqshim.cli.stop import text


def answer(**given: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"killed": 0, "released": 0, "left": 0, "left_pids": [], "seconds": 0.041, **given}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "nothing to stop"),
        ({"killed": 1}, "1 job killed, gone in 0.04 s"),
        ({"killed": 3, "released": 2}, "3 jobs killed, 2 waiting released, gone in 0.04 s"),
        ({"released": 2}, "0 jobs killed, 2 waiting released, gone in 0.04 s"),
    ],
)
def test_what_was_done(given: dict[str, Any], said: str) -> None:
    assert text(answer(**given)) == said


def test_what_is_left_is_named_with_the_command_to_look_at_it() -> None:
    said = text(answer(killed=2, left=1, left_pids=[17, 18], seconds=1.0))

    assert said == (
        "2 jobs killed; 1 not gone after 1.0 s\n"
        "still there: 17 18 (ps -o pid,stat,wchan,cmd -p 17,18)"
    )
