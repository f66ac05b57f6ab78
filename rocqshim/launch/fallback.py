"""No broker can be had: run without limits and say so once, or refuse, as ``enforce`` says."""

import os
import time

from rocqshim.launch.place import Unusable, folder
from rocqshim.launch.program import say
from rocqshim.launch.settled import enforce_setting

QUIET = 600  # seconds in which the same terminal session is not told again


def without_broker(why: Unusable, become: "Callable[[], None]") -> "NoReturn":
    """End with 125 under ``enforce = "require"``; else warn once for the build and go on."""
    if enforce_setting() == "require":
        say(f'rocq-exec: refused, enforce = "require" and {why}. {why.hint}')
        os._exit(125)
    if _is_first():
        say(f"rocq-exec: no limits in this build: {why}. {why.hint}")
    become()
    raise AssertionError("execute() does not return")


def _is_first() -> bool:
    # Launchers of one build share a session; without a broker a marker file is all they have.
    try:
        marker = os.path.join(folder(), f"unlimited-{os.getsid(0)}")
        if os.path.exists(marker) and time.time() - os.stat(marker).st_mtime < QUIET:
            return False
        _renew(marker)
    except (OSError, Unusable):
        pass  # nowhere to remember it: told each time
    return True


def _renew(marker: str) -> None:
    os.makedirs(os.path.dirname(marker), 0o700, exist_ok=True)
    if os.path.exists(marker):
        os.unlink(marker)
    os.close(os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn
