"""What systemd does to our own session when the kernel kills one process of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rocqshim.doctor.cgroupfs import own_path
from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.managers import booted

NAME = "oom policy"
MEANS = "if a compiler outside the slice runs out of memory, make and this shell are killed with it"
OLD = 'Update systemd (253, or 252.5), or set enforce = "require": then nothing runs outside.'
BELOW = re.compile(r"/user@\d+\.service/")


@dataclass(frozen=True)
class Session:
    """unit: the scope or service that we are in. policy: its OOMPolicy=, "" where unknown.

    is_users: the user manager has made it.
    """

    unit: str
    policy: str
    is_users: bool


def oom_policy(host: Host) -> Check:
    """Does an OOM kill in this session leave the rest of it alone?"""
    return judge(read(host))


def read(host: Host) -> Session | None:
    """Find our unit in our cgroup's path, and ask its manager; None without one."""
    path = own_path(host)
    units = [name for name in path.split("/") if name.endswith((".scope", ".service"))]
    if not booted(host) or not units or "/.." in path:
        return None
    is_users = bool(BELOW.search(path)) and not units[-1].startswith("user@")
    words = ["systemctl", "--user"] if is_users else ["systemctl"]
    policy = host.value(*words, "show", units[-1], "--property=OOMPolicy", "--value")
    return Session(units[-1], policy, is_users)


def judge(session: Session | None) -> Check:
    """For scopes OOMPolicy= is there since 253 (252.5); before, the whole scope is killed."""
    if session is None:
        return Check(NAME, SKIPPED, "no unit of systemd's is around us")
    if session.policy == "continue":
        return Check(NAME, OK, f"{session.unit}: continue")
    if not session.policy:
        found = f"{session.unit}: this systemd has none for scopes, and kills them whole"
        return Check(NAME, DEGRADED, found, MEANS, OLD)
    found = f"{session.unit}: {session.policy}"
    return Check(NAME, DEGRADED, found, MEANS, _mend(session))


def _mend(session: Session) -> str:
    if not session.is_users:
        return f"sudo systemctl edit {session.unit}, with: [Scope] OOMPolicy=continue"
    return (
        "mkdir -p ~/.config/systemd && "
        r"printf '[Manager]\nDefaultOOMPolicy=continue\n' >> ~/.config/systemd/user.conf && "
        "systemctl --user daemon-reexec; then open a new terminal"
    )
