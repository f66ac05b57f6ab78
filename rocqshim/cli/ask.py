"""One request to the broker and its answer; what status, stop, run and doctor have in common."""

from __future__ import annotations

import json
import os
from typing import Any

from rocqshim.errors import UserError
from rocqshim.launch.contact import Contact, Gone, Silent
from rocqshim.launch.place import Unusable, socket_path

PATIENCE = 10.0  # seconds without a word from the broker; a person waits for each of them
DOCTOR = "See: rocqshim doctor"

Answer = dict[str, Any]
Fields = list[tuple[str, str]]


class NoBroker(Exception):
    """Nobody is at the socket, or he left; ``str()`` says which."""


class Brief(Contact):
    """A connection for one question, given up sooner than a launcher's."""

    __slots__ = ()

    def __init__(self, path: str, patience: float) -> None:
        super().__init__(path)
        self._socket.settimeout(patience)


def ask(verb: str, fields: Fields | None = None, patience: float = PATIENCE) -> Answer:
    """Ask the broker of this user, for the current folder. patience: seconds.

    Raises NoBroker; UserError for a broker that hangs, and for what it refuses (broken settings).
    """
    contact = _reach(place(), patience)
    try:
        verb, found = contact.ask(verb, [*_about(), *(fields or [])])
    except Silent:
        fact = f"The broker, process {contact.pid}, does not answer in {patience:g} s."
        raise UserError(fact, f"If that stays so: kill -9 {contact.pid}, and try again") from None
    except Gone as error:
        raise NoBroker(str(error)) from None
    finally:
        contact.close()
    return _read(verb, found)


def start_broker() -> bool:
    """See that a broker runs; True: it was started just now. Raises UserError."""
    path = place()
    try:
        Brief(path, PATIENCE).close()
    except OSError:
        _start(path)
        return True
    except Unusable as why:
        raise _unusable(why) from None
    return False


def place() -> str:
    """The path of the broker's socket. Raises UserError."""
    try:
        return socket_path()
    except Unusable as why:
        raise _unusable(why) from None


def current_folder() -> str:
    """Its path. Raises UserError where it has been removed."""
    try:
        return os.getcwd()
    except OSError as error:
        fact = f"The current folder cannot be used: {error.strerror}."
        raise UserError(fact, "Change to a folder that exists.") from None


def _start(path: str) -> None:
    from rocqshim.launch.start import contact_started

    try:
        contact_started(path).close()
    except Unusable as why:
        raise _unusable(why) from None


def _unusable(why: Unusable) -> UserError:
    return UserError(f"No broker can be had: {why}.", why.hint)


def _reach(path: str, patience: float) -> Brief:
    try:
        return Brief(path, patience)
    except OSError as error:
        raise NoBroker(error.strerror or str(error)) from None
    except Unusable as why:
        raise _unusable(why) from None


def _about() -> Fields:
    """What the settings depend on: the folder, and the variables that are ours."""
    return [
        ("cwd", current_folder()),
        *(("env", f"{key}={value}") for key, value in os.environ.items() if _is_ours(key)),
    ]


def _is_ours(key: str) -> bool:
    return key.startswith(("ROCQSHIM_", "SLURM_JOB_ID")) or key in ("XDG_CONFIG_HOME", "HOME")


def _read(verb: str, found: dict[str, str]) -> Answer:
    if verb == "error":
        raise UserError(found.get("fact", "The broker refused."), found.get("hint", DOCTOR))
    if verb != "reply":
        raise NoBroker(f"it answered {verb!r}")
    try:
        answer: Answer = json.loads(found.get("json", ""))
    except ValueError:
        raise NoBroker("its answer is no JSON") from None
    return answer
