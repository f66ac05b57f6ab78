"""Words and figures of a report, for people. Whatever a file is named, its name is only text."""

from __future__ import annotations

import html
import re

from rocqshim.cli.duration import duration
from rocqshim.cli.show import one_line

MINUS = "\N{MINUS SIGN}"
_BYTE = re.compile("[\udc80-\udcff]")  # of a name that is no UTF-8, as Python keeps it
# Why a core did nothing for the build: the words of admission.reason, and of report/lost.py.
IDLE = {
    "memory": "the next job needed more memory than was free below memory-max",
    "host": "the next job needed more memory than the machine had free",
    "cores": "cpu-quota has no more cores for compilers",
    "jobs": "the setting for jobs allows no more at once",
    "pressure": "the slice was short of memory or tasks already",
    "exclusive": "a file was compiled alone",
    "turn": "a job was about to start",
    "paused": "somebody had paused the queue",
    "stopped": "its own launcher was stopped (Ctrl-Z)",
    "others": "a job had the core, and other work of the machine used it",
    "dependencies": "nothing was ready: what was left needed a file that was being compiled",
}


def shown(name: str) -> str:
    """A name as it is shown: ``\\xff`` for a byte that is no text, ``?`` for what acts."""
    return _BYTE.sub(lambda byte: f"\\x{ord(byte[0]) - 0xDC00:02x}", one_line(name))


def escaped(text: object) -> str:
    """Any text as HTML, in an element or in a quoted attribute."""
    return html.escape(shown(str(text)))


def label(file: str, kind: str | None) -> str:
    """A file as a job is called: the kind only if it is not the usual one, a .vo."""
    return shown(file) if kind in (None, "vo") else f"{shown(file)} ({shown(str(kind))})"


def difference(seconds: float) -> str:
    """``-6 min 3 s`` with a true minus, ``+0.20 s``, ``the same`` (below 5 ms)."""
    if abs(seconds) < 0.005:
        return "the same"
    return (MINUS if seconds < 0 else "+") + duration(abs(seconds))
