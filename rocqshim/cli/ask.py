"""One request to the broker and its answer; what status, stop, run and doctor have in common."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
from typing import Any

from rocqshim.errors import UserError
from rocqshim.launch.contact import Contact, Gone, Silent
from rocqshim.launch.place import Unusable, plain_path, socket_path

PATIENCE = 10.0  # seconds without a word from the broker; a person waits for each of them
DOCTOR = "See: rocqshim doctor"
NAMED = "Unset ROCQSHIM_SOCKET, or name a socket by its whole path, in a folder that is there."

Answer = dict[str, Any]
Fields = list[tuple[str, str]]


class NoBroker(Exception):
    """Nobody is at the socket, or he left; ``str()`` says which."""


class NoAnswer(UserError):
    """A broker is there, process ``pid``, and says nothing."""

    def __init__(self, pid: int, why: str) -> None:
        fact = f"The broker, process {pid}, does not answer: {why}."
        super().__init__(fact, "End it: rocqshim stop --broker")
        self.pid = pid


def ask(
    verb: str, fields: Fields | None = None, patience: float = PATIENCE, path: str = ""
) -> Answer:
    """Ask the broker of this user, for the current folder.

    patience: seconds. path: the socket of another broker than ours. Raises NoBroker; NoAnswer for
    a broker that hangs; UserError for what it refuses (broken settings).
    """
    contact = reach(path or place(), patience)
    try:
        verb, found = contact.ask(verb, [*_about(), *(fields or [])])
    except Silent as why:
        raise NoAnswer(contact.pid, str(why)) from None
    except Gone as error:
        raise NoBroker(str(error)) from None
    finally:
        contact.close()
    return _read(verb, found)


def ask_of_build(verb: str, build: str, patience: float = PATIENCE) -> list[Answer]:
    """Ask what is known of a build. Raises as `ask`.

    Where its environment was cleared (`env -i`, sudo, SCons), its callers have not found our
    broker but that of the user's own place: both know a part of it then.
    """
    fields = [("all", "1"), ("build", build)]
    other: list[Answer] = []
    with contextlib.suppress(NoBroker, UserError, Unusable):
        if plain_path() != place():
            answer = ask(verb, fields, patience, plain_path())
            knows = any(answer[name] for name in answer if name != "version")
            other = [answer] * knows
    try:
        return [ask(verb, fields, patience), *other]
    except NoBroker:
        if not other:
            raise
        return other


def start_broker() -> bool:
    """See that a broker runs; True: it was started just now. Raises UserError."""
    path = place()
    try:
        reach(path).close()
    except NoBroker:
        _start(path)
        return True
    return False


def end_silent_broker() -> int:
    """Kill the broker that gives no sense; gives its pid, 0 where none is there. Raises UserError.

    It is known by the connection to it: its number may be another's a moment later.
    """
    from rocqshim.launch.silent import end_broker

    try:
        contact = reach(place())
    except NoBroker:
        return 0
    try:
        end_broker(contact, f"process {contact.pid}, which has the socket, does not answer")
    except Unusable as why:
        raise _unusable(why) from None
    finally:
        contact.close()
    return contact.pid


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


def reach(path: str, patience: float = PATIENCE) -> Contact:
    """Connect to the broker at ``path``, also where its socket was removed.

    patience: seconds; a person waits for each of them. Raises NoBroker, UserError.
    """
    try:
        return Contact(path, patience)
    except OSError as error:
        from rocqshim.launch.spare import contact_at

        if found := contact_at(path, patience):
            return found
        why = error.strerror or str(error)
        if _is_nobody(path, error):
            raise NoBroker(why) from None
        raise UserError(f"The broker's socket {path} cannot be reached: {why}.", NAMED) from None
    except Unusable as why:
        raise _unusable(why) from None


def _is_nobody(path: str, error: OSError) -> bool:
    """Whether a broker could be there and none is; without a folder, or a socket, none could."""
    is_free = error.errno == errno.ENOENT and os.path.isdir(os.path.dirname(path))
    is_left = error.errno == errno.ECONNREFUSED and _is_socket(path)
    return is_free or is_left or (error.errno == errno.ENOENT and not named_socket())


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return True  # it has just gone


def named_socket() -> str:
    """The socket that ROCQSHIM_SOCKET names, or ""."""
    return os.environ.get("ROCQSHIM_SOCKET", "")


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
