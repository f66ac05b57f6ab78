"""For how long the queue was blocked, and which part of that was one job's wait."""

from __future__ import annotations

import json

import pytest

from rocqshim.broker.blocked import Blocked, why_waited


def test_seconds_go_to_the_reason_that_is_seen_at_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    blocked = Blocked()
    for word, seconds in (("memory", 1), ("memory", 2), ("", 4), ("cores", 8), ("memory", 16)):
        blocked.look(word)
        now += seconds

    assert blocked.seconds == {"memory": 1.0 + 8.0}


def test_what_was_before_is_another_jobs() -> None:
    found = why_waited({"memory": 5.0}, {"memory": 6.0, "cores": 3.0}, 8.0, "turn")

    assert json.loads(found) == {"memory": 2.0, "cores": 6.0}


def test_a_short_wait_that_nobody_looked_at() -> None:
    assert json.loads(why_waited({}, {}, 0.25, "memory")) == {"memory": 0.25}


def test_no_wait() -> None:
    assert json.loads(why_waited({}, {}, 0.0, "")) == {}
