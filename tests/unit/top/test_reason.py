"""Every reason that the policy knows has words."""

from __future__ import annotations

import pytest

from rocqshim.admission.reason import WORDS
from rocqshim.top.waiting import reason

from .answers import project, waiting

SAID = {
    "memory": "needs 3.2G, 1.1G free",
    "host": "needs 3.2G, the machine has 1.1G free",
    "cores": "4 cores, all busy",
    "jobs": "as many run as the setting jobs allows",
    "pressure": "jobs in the slice are short of memory",
    "exclusive": "one of them runs alone",
    "turn": "others go first",
    "paused": "paused",
    "stopped": "stopped itself (Ctrl-Z)",
}


@pytest.mark.parametrize("word", WORDS)
def test_why_a_job_waits(word: str) -> None:
    assert reason(waiting("a.v", reason=word), project()) == SAID[word]


def test_a_word_of_a_newer_broker_is_shown_as_it_is() -> None:
    assert reason(waiting("a.v", reason="moon\x1b"), project()) == "moon?"
