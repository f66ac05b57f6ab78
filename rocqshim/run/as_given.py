"""The environment that ``rocqshim run`` was given, which its command must find again."""

from __future__ import annotations

import os

from rocqshim.launch.child import COERCED, locale_given


def as_given() -> dict[str, str]:
    """Our environment, without what the interpreter changed in it.

    In the C locale Python sets LC_CTYPE to UTF-8 (PEP 538), and gcc, ls and sort write other
    bytes then.
    """
    environ = dict(os.environ)
    if environ.get("LC_CTYPE") in COERCED:
        given = locale_given()
        del environ["LC_CTYPE"]
        if given is not None:
            environ["LC_CTYPE"] = os.fsdecode(given)
    return environ
