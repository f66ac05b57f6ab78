"""How long a broker stays when nothing is asked of it."""

from __future__ import annotations

import pytest

from rocqshim.broker.server import IDLE, IDLE_IN_SESSION, idle_seconds


@pytest.mark.parametrize(
    ("group", "seconds"),
    [
        ("/user.slice/user-1000.slice/session-3.scope", IDLE_IN_SESSION),
        ("/user.slice/user-1000.slice/session-c2.scope/rocqshim-callers", IDLE_IN_SESSION),
        ("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service", IDLE),
        ("/user.slice/user-1000.slice/user@1000.service/session.slice/x.service", IDLE),
        ("/", IDLE),
        ("", IDLE),
    ],
)
def test_a_broker_keeps_no_session_open(group: str, seconds: float) -> None:
    assert idle_seconds(group) == seconds
