"""Where the sentences of a source are: offsets are bytes, as in what ``-time`` prints. Pure."""

from __future__ import annotations

import re

SHOWN = 400  # letters of a sentence
_TOKEN = re.compile(
    rb'"|\(\*|\*\)'  # a string; a comment begins, ends
    rb"|\.+(?=\s|\Z)"  # dots before a blank: one or three of them end a sentence, two do not
)
_BLANK = re.compile(rb"\s+")
_BULLET = re.compile(rb"[-+*]+(?=\s|\Z)|[{}]")


def next_sentence(source: bytes, at: int) -> tuple[int, int] | None:
    """Where the sentence behind the offset ``at`` begins and ends; None where there is none."""
    start = _skip(source, at)
    if start >= len(source):
        return None
    if bullet := _BULLET.match(source, start):
        return start, bullet.end()
    return start, _end(source, start)


def _skip(source: bytes, at: int) -> int:
    """The offset behind blanks and comments."""
    while True:
        if blank := _BLANK.match(source, at):
            at = blank.end()
        if not source.startswith(b"(*", at):
            return at
        at = _behind_comment(source, at)


def _behind_comment(source: bytes, at: int) -> int:
    depth = 0
    for found in _TOKEN.finditer(source, at):
        if found.start() < at:
            continue
        at = found.end()
        if found[0] == b'"':  # strings are read in comments as well
            at = _behind_string(source, at)
        depth += {b"(*": 1, b"*)": -1}.get(found[0], 0)
        if not depth:
            return at
    return len(source)


def _behind_string(source: bytes, at: int) -> int:
    """``""`` in a string is a quote: it ends one string and begins the next."""
    end = source.find(b'"', at)
    return len(source) if end < 0 else end + 1


def _end(source: bytes, at: int) -> int:
    while found := _TOKEN.search(source, at):
        at = found.end()
        if found[0] == b'"':
            at = _behind_string(source, at)
        elif found[0] == b"(*":
            at = _behind_comment(source, found.start())
        elif found[0].startswith(b".") and len(found[0]) != 2:
            return at
    return len(source)


def shown(source: bytes, start: int, end: int) -> str:
    """A sentence on one line, its end left out where it is long."""
    text = " ".join(source[start:end].decode(errors="replace").split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
