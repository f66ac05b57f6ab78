"""The text of mk/rocq-limits.mk, and what can be told of a copy that somebody has.

The second line names the format and a digest of all other lines. So a copy says by itself whether
a person has changed it, also when it comes from another version of rocqshim.
"""

from __future__ import annotations

import hashlib
import re
from importlib.resources import files

DEFAULT_PATH = "mk/rocq-limits.mk"
# Goes up whenever rocq-limits.mk changes. It is no package version: a release that leaves the
# include as it was must not make the copies of all projects stale.
FORMAT = 4
_STAMP = "# Written by `rocqshim mk`, format {format}, digest {digest}."
_STAMP_LINE = re.compile(r"# Written by `rocqshim mk`, format (\d+), digest ([0-9a-f]{16})\.")


def render() -> str:
    """The include as this version writes it; the same on every machine."""
    template = files("rocqshim.makefile").joinpath("rocq-limits.mk").read_text("utf-8")
    title, rest = template.split("\n", 1)
    stamp = _STAMP.format(format=FORMAT, digest=digest(title, rest))
    return f"{title}\n{stamp}\n{rest}"


def digest(title: str, rest: str) -> str:
    """Sixteen hexadecimal digits for the lines around the stamp."""
    return hashlib.sha256(f"{title}\n{rest}".encode()).hexdigest()[:16]


def state(text: str) -> str:
    """``current``, ``older`` (written by us, unchanged), ``edited`` or ``foreign``."""
    if text == render():
        return "current"
    title, _, below = text.partition("\n")
    stamp, _, rest = below.partition("\n")
    written = _STAMP_LINE.fullmatch(stamp)
    if not written:
        return "foreign"
    return "older" if written[2] == digest(title, rest) else "edited"
