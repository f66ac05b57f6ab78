"""The launchers that `rocqshim shims` has written: do they still stand for the present tools?

dune builds anew when a launcher's text changes, which names the compiler. After an upgrade of the
compiler it says the old one until it is renewed, and dune builds nothing anew.
"""

from __future__ import annotations

from pathlib import Path

from rocqshim.doctor.check import DEGRADED, OK, SKIPPED, Check
from rocqshim.doctor.host import Host
from rocqshim.doctor.project import settings_here
from rocqshim.errors import UserError
from rocqshim.shims.folder import PRIVATE, identity_in, is_current
from rocqshim.shims.identity import identity
from rocqshim.shims.tools import TOOLS, tools_in_path

NAME, FOLDER, MEND = "launchers", f"{PRIVATE}/bin", "rocqshim shims"
UPGRADED = "dune does not see that the compiler is another one, and builds nothing anew"
GONE = "they stand for tools that PATH has no longer"
OTHER = "they were written by another version or installation of rocqshim"


def launchers(host: Host) -> Check:
    """Are the launchers in the project's folder those that `rocqshim shims` would write now?"""
    found = settings_here(host)
    if isinstance(found, UserError):
        return Check(NAME, SKIPPED, "the project is not known: see settings")
    folder = found.root / FOLDER
    written = [name for name in TOOLS if identity_in(folder / name)]
    if not written:
        return Check(NAME, SKIPPED, f"no {FOLDER} here")
    tools = tools_in_path()
    stale = {name: why for name in written if (why := _stale(folder / name, tools.get(name, "")))}
    if not stale:
        return Check(NAME, OK, f"{FOLDER}: {' '.join(written)} are current")
    text = f"{FOLDER}: not current: {' '.join(stale)}"
    return Check(NAME, DEGRADED, text, "\n".join(dict.fromkeys(stale.values())), MEND)


def _stale(path: Path, tool: str) -> str:
    """Why the launcher is not current, "" if it is."""
    if not tool:
        return GONE
    before = identity_in(path)
    if identity(path.name, tool, before) != before:
        return UPGRADED
    return "" if is_current(path, tool) else OTHER
