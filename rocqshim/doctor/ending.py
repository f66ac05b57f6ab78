"""TERM and HUP end the doctor as Ctrl-C does: what it has started and made goes first.

Its children have sessions and brokers of their own, which a signal to us does not reach. CI and
`timeout` send TERM, a closed window HUP.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

from rocqshim.launch.child import die_by

SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Ended(BaseException):
    """Raised by a signal, whose ``number`` it has; no `except Exception` shall take it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def tidy() -> Iterator[None]:
    """Let `finally` be reached by these signals, and end by the signal then.

    One that is ignored (nohup) stays so.
    """
    taken = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _raise)
    try:
        yield
    except Ended as error:
        die_by(error.number)
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:  # a second one shall not interrupt the clearing up
        signal.signal(each, signal.SIG_IGN)
    raise Ended(number)
