"""An unexpected error becomes a report file that can be sent as it is."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path

from rocqshim import __version__


def write_report(error: BaseException) -> str:
    """Write what a maintainer needs to a new file in the temporary folder.

    Returns the sentence for the user: where the report is, or why there is none.
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="rocqshim-report-", suffix=".md", delete=False
        ) as file:
            file.write(_text(error))
        return f"Please send this report to the maintainers: {Path(file.name)}"
    except OSError as why:
        return f"No report could be written ({why.strerror}); set TMPDIR to a writable folder."


def _text(error: BaseException) -> str:
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return (
        f"# rocqshim {__version__}: {type(error).__name__}\n\n"
        f"- command: `{sys.argv}`\n- python: {sys.version}\n- system: {platform.platform()}\n\n"
        f"```\n{trace}```\n"
    )
