"""Values that are words: choices, slice names, programs and file names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

from rocqshim.settings.found import BadValue, kind, text_of
from rocqshim.settings.model import Machine

SLICE_ALLOWED = 'a name such as "foo" (for rocq-foo.slice), or "rocq-foo.slice"'
COMPILER_ALLOWED = 'one program, such as "coqc", "rocq", "/opt/rocq/bin/rocq" or "./bin/coqc"'
FILE_ALLOWED = 'a file name such as "build.log", relative to the project'
FOLDER_ALLOWED = 'a folder such as "logs", relative to the project'
PROFILE_ALLOWED = "standard, conservative, aggressive, single, or a profile of your own"
SWITCH_ALLOWED = "true or false (1 or 0 in a variable)"
MATCH_ALLOWED = 'a pattern relative to the project, such as "theories/Big*.v" or "**/Big.v"'

_BARE = re.compile(r"[A-Za-z0-9_.]{1,64}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# `-` nests slices in systemd, so each part between dashes must be there.
_SLICE = re.compile(r"rocq(?:-[A-Za-z0-9_.]+)+\.slice")
_SLICE_LENGTH = 200  # unit names end at 255, and rocq-<project>-jobs.service comes from it
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def choice(*words: str) -> Callable[[object, Machine], str]:
    """A parser for one of these words."""

    def parse(found: object, _machine: Machine) -> str:
        if isinstance(found, str) and found.strip() in words:
            return found.strip()
        problem = "is not one of these words" if isinstance(found, str) else f"is {kind(found)}"
        raise BadValue(problem, ", ".join(words))

    return parse


def boolean(found: object, _machine: Machine) -> bool:
    """TOML's true or false."""
    if isinstance(found, bool):
        return found
    raise BadValue(f"is {kind(found)}", "true or false, without quotes")


def switch(found: object, _machine: Machine) -> bool:
    """TOML's true or false; and a variable's text, which can only be a word."""
    if isinstance(found, bool):
        return found
    words = {"true": True, "1": True, "false": False, "0": False}
    if isinstance(found, str) and found.strip() in words:
        return words[found.strip()]
    problem = "is not one of these words" if isinstance(found, str) else f"is {kind(found)}"
    raise BadValue(problem, SWITCH_ALLOWED)


def slice_name(found: object, _machine: Machine) -> str:
    """A slice below rocq.slice; a bare word ``foo`` stands for ``rocq-foo.slice``."""
    text = _word(found, SLICE_ALLOWED)
    if _BARE.fullmatch(text) and not text.endswith(".slice") and text != "rocq":
        return f"rocq-{text}.slice"
    if not (text.startswith("rocq-") and text.endswith(".slice")):
        raise BadValue("is not a slice below rocq.slice", SLICE_ALLOWED)
    if not _SLICE.fullmatch(text) or len(text) > _SLICE_LENGTH:
        raise BadValue("is not a slice name of systemd", f"{SLICE_ALLOWED}; letters, digits, _ . -")
    return text


def profile_name(found: object, _machine: Machine) -> str:
    """The name of a profile; whether there is such a profile is seen when it is looked up."""
    text = _word(found, PROFILE_ALLOWED)
    if not _NAME.fullmatch(text):
        raise BadValue("is not a profile name", f"{PROFILE_ALLOWED}; letters, digits, _ . -")
    return text


def program(found: object, _machine: Machine) -> str:
    """One program, a name or a path; never a command line."""
    text = _word(found, COMPILER_ALLOWED)
    if " -" in text or ("/" not in text and " " in text):
        raise BadValue("is a command line and not one program", COMPILER_ALLOWED)
    return text


def file_name(found: object, _machine: Machine) -> str:
    """The path of a file."""
    return _word(found, FILE_ALLOWED)


def folder_name(found: object, _machine: Machine) -> str:
    """The path of a folder."""
    return _word(found, FOLDER_ALLOWED)


def pattern(found: object, _machine: Machine) -> str:
    """A glob over project-relative paths; see rocqshim.settings.files."""
    text = _word(found, MATCH_ALLOWED).removeprefix("./")
    if text.startswith(("/", "../")):
        raise BadValue("leads out of the project", MATCH_ALLOWED)
    return text


def _word(found: object, allowed: str) -> str:
    if isinstance(found, (int, float, date, time)) and not isinstance(found, bool):
        allowed += f'; did you mean "{found}"?'  # a number is a name where it stands in quotes
    text = text_of(found, allowed)
    if _CONTROL.search(text):
        raise BadValue("holds a control character", allowed)
    return text
