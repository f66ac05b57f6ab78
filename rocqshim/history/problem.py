"""What is said where the history cannot be used: a sentence and a hint."""

from __future__ import annotations

import sqlite3

from rocqshim import shell

_HINTS = {
    "full": "Make room on that file system.",
    "locked": "Close the program that has it open for writing (fuser names it).",
}
_HINT = "Make the directory writable, or set ROCQSHIM_STATE to another one."
# Only a writer sets a damaged file aside: a reader cannot know that no broker is at work in it.
MEND = "End the broker (rocqshim stop --all --broker) and move it away: a new one is begun then."


def is_damage(error: Exception) -> bool:
    """Tell whether the file itself is broken, and not the disk, a lock or a right."""
    text = str(error)  # Python has the error's number from 3.11 on only
    return isinstance(error, sqlite3.DatabaseError) and (
        "malformed" in text or "not a database" in text
    )


def explained(path: str, error: Exception, does: str = "written") -> str:
    """Why nothing can be ``does`` (written, read) at ``path``."""
    text = str(error)
    if is_damage(error):
        return f"The history {path} is damaged: {text}. {MEND}"
    own = _HINT if does == "written" else f"See who may: ls -ld {shell.quote(path)}"
    hint = next((hint for word, hint in _HINTS.items() if word in text), own)
    return f"The history {path} cannot be {does}: {text}. {hint}"


def newer(path: str) -> str:
    """The file at ``path`` has a schema that this version does not know."""
    return (
        f"The history {path} was written by a newer rocqshim, so this one records nothing. "
        "Upgrade this rocqshim, or set ROCQSHIM_STATE to another directory."
    )


def damaged(path: str, aside: str, error: Exception) -> str:
    """The file at ``path`` was broken and is ``aside`` now."""
    return (
        f"The history {path} was damaged ({error}) and a new one begun. "
        f"The old one is {aside}; remove it if you do not need it."
    )
