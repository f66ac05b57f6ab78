"""Where the launcher of this installation is."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator

from rocqshim.errors import UserError

NAME = "rocq-exec"


def rocq_exec() -> str:
    """The absolute path of ``rocq-exec``, our own before any in PATH. Raises UserError."""
    for path in _candidates():
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return os.path.abspath(path)
    folder = sysconfig.get_path("scripts")
    fact = f"{NAME} is neither in {folder} nor in PATH."
    raise UserError(fact, "Install the package, which brings it: pip install rocqshim")


def _candidates() -> Iterator[str]:
    # Beside `rocqshim` itself: pipx links to it, so the link is followed; then where this
    # interpreter's packages have their scripts (python -m rocqshim), for all or for one user.
    if os.path.basename(sys.argv[0]) == "rocqshim":
        yield os.path.join(os.path.dirname(os.path.realpath(sys.argv[0])), NAME)
    yield os.path.join(sysconfig.get_path("scripts"), NAME)
    yield os.path.join(sysconfig.get_path("scripts", f"{os.name}_user"), NAME)
    yield shutil.which(NAME) or ""
