"""Words for a shell, as people are shown them: what they copy is read back byte by byte."""

from __future__ import annotations

import shlex
from collections.abc import Iterable


def quote(word: str) -> str:
    """As shlex.quote; a byte that is no text, or that a terminal acts on, as in $'p\\351'.

    As GNU ls writes them; bash, zsh, ksh and POSIX of 2024 read it.
    """
    # What is not printable has made shlex.quote put single quotes around the word.
    return "".join(c if c.isprintable() else f"'$'{_octal(c)}''" for c in shlex.quote(word))


def join(words: Iterable[str]) -> str:
    """A command line of ``words``, each by `quote`."""
    return " ".join(map(quote, words))


def _octal(letter: str) -> str:
    is_byte = "\udc80" <= letter <= "\udcff"  # as os.fsdecode gives it
    raw = letter.encode("utf-8", "surrogateescape" if is_byte else "surrogatepass")
    return "".join(f"\\{byte:03o}" for byte in raw)
