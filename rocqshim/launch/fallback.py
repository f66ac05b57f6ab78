"""No broker can be had: run without limits and say so once, or refuse, as ``enforce`` says."""

import os

from rocqshim.launch.once import say_once
from rocqshim.launch.place import Unusable
from rocqshim.launch.settled import enforce_setting


def without_broker(why: Unusable, become: "Callable[[], None]") -> "NoReturn":
    """End with 125 under ``enforce = "require"``; else warn once for the build and go on."""
    if enforce_setting() == "require":
        say_once(f'rocq-exec: refused, enforce = "require" and {why}. {why.hint}')
        os._exit(125)
    say_once(f"rocq-exec: no limits in this build: {why}. {why.hint}", by_session=True)
    become()
    raise AssertionError("execute() does not return")


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn
