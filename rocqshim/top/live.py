"""The view itself: draws, waits for a key or an answer, draws again."""

from __future__ import annotations

import signal

from rocqshim.launch.child import die_by
from rocqshim.top.asker import Asker
from rocqshim.top.frame import frame
from rocqshim.top.jobs import running
from rocqshim.top.keys import QUIT, Around, Deed, press, settled
from rocqshim.top.screen import Screen
from rocqshim.top.state import Look, State, shown

TICK = 1.0  # seconds; what was said about the age of an answer is drawn anew


def view(state: State) -> int:
    """Show it until the person quits; gives the exit status. Raises UserError."""
    asker = None
    with Screen() as screen:
        asker = Asker(screen.wake)
        try:
            asker.start()
            _until_quit(screen, asker, state)
        finally:
            asker.end()
    if screen.ended in (0, signal.SIGINT):
        return 130 if screen.ended else 0
    die_by(screen.ended)
    return 1


def _until_quit(screen: Screen, asker: Asker, state: State) -> None:
    while not screen.ended:
        look = asker.look()
        around = _around(look, state)
        state = settled(state, around)
        screen.draw(frame(look, state, *screen.size()))
        for key in screen.keys(TICK):
            state, deed = press(key, state, around)
            if deed and deed.word == QUIT:
                return
            _do(deed, asker)
            asker.hold(state.held)
            state = settled(state, around := _around(look, state))


def _do(deed: Deed | None, asker: Asker) -> None:
    if deed:
        asker.kill(deed.job)


def _around(look: Look, state: State) -> Around:
    jobs = [each.key for each in running(look, state)]
    slices = frozenset(project["slice"] for project in shown(look.answer, state))
    return Around(jobs, slices)
