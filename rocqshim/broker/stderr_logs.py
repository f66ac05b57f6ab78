"""Where the launcher keeps what a compiler writes on stderr: the setting ``stderr-logs``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rocqshim.history import BLAME

if TYPE_CHECKING:
    from rocqshim.broker.ending import Ended
    from rocqshim.broker.running import Asked
    from rocqshim.settings.model import Settings

OUTSIDE = "_outside"  # the folder for files that are not below the project
UNNAMED = ("vo", "other")  # kinds that stand in no name: a file has one log of them


def log_of(asked: Asked, settings: Settings) -> str:
    """The log for one job, an absolute path; "" for none.

    A program in front of which somebody sits keeps its terminal; what ``rocqshim blame`` repeats
    leaves the log of the build alone.
    """
    folder = settings.stderr_logs.value
    is_repeated = asked.environ.get("ROCQSHIM_BUILD", "").startswith(BLAME)
    if not folder or not asked.file or asked.interactive or is_repeated:
        return ""
    kind = "" if asked.kind in UNNAMED else f".{asked.kind}"
    return os.path.join(folder, f"{_inside(asked, str(settings.root))}{kind}.log")


def _inside(asked: Asked, root: str) -> str:
    """A relative path without ``..``, for every file there is."""
    path = asked.source or os.path.normpath(os.path.join("/", asked.cwd, asked.file))
    above = f"{root.rstrip('/')}/"
    if path.startswith(above):
        return path.removeprefix(above)
    return os.path.join(OUTSIDE, path.lstrip("/"))


def not_logged(ended: Ended) -> str:
    """What is said where a log could not be written: once a build, whatever the file."""
    setting = ended.job.settings.stderr_logs
    if not ended.unlogged:
        return ""
    return ended.job.build.tell_once(
        f"rocq-exec: no log of stderr: {setting.value} ({setting.origin}): {ended.unlogged}"
    )
