"""The broker's socket below /tmp, kept there as long as a build runs that may be in a sandbox."""

from __future__ import annotations

import json
import threading
import time
from math import inf

from rocqshim.cli.ask import PATIENCE, place, start_broker
from rocqshim.errors import UserError
from rocqshim.launch.contact import Contact, Gone
from rocqshim.launch.place import Unusable

PAUSE = 1.0  # seconds between two attempts to have a broker again


class Held(Contact):
    """A connection that says nothing more, and whose end is the broker's."""

    __slots__ = ()

    def until_closed(self) -> None:
        """Wait for the broker to go, or to be stopped."""
        self._patience = inf
        try:
            self.receive()
        except Gone:
            self.close()


class SharedSocket:
    """``path``: the socket. Inside a sandbox nobody can start a broker, so we do, if one dies."""

    def __init__(self) -> None:
        """Start a broker if there is none. Raises UserError."""
        self._held, self.path = _hold()

    def watch(self) -> None:
        """See to it until this process ends. Called after the fork: a forked thread is dead."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._held.until_closed()
            while not self._is_held_again():
                time.sleep(PAUSE)

    def _is_held_again(self) -> bool:
        try:
            self._held, _ = _hold()
        except UserError:
            return False
        return True


def _hold() -> tuple[Held, str]:
    start_broker()
    try:
        held = Held(place(), PATIENCE)
        verb, fields = held.ask("share", [])
    except (OSError, Gone, Unusable) as error:
        fact = f"The broker cannot be reached: {error}."
        raise UserError(fact, "See: rocqshim doctor") from None
    if verb != "reply":
        held.close()
        raise UserError(fields.get("fact", "The broker refused."), fields.get("hint", ""))
    return held, str(json.loads(fields["json"])["path"])
