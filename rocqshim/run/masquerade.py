"""A folder of launchers before PATH, for builds that take their compiler from nowhere else.

dune's own rules do, and Makefiles that write `coqc` (CompCert, VST). The folder has the same path
in every build, as dune compiles everything anew when the path of its compiler changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rocqshim.history.place import default_path, make_folder
from rocqshim.launch import place
from rocqshim.launch.place import make_private
from rocqshim.shims.folder import PRIVATE, can_be_in_path, identity_in, is_ours, renew
from rocqshim.shims.identity import file_of
from rocqshim.shims.tools import TOOLS, is_covered, tools_in_path


def path_with_launchers(
    environ: Mapping[str, str], root: str, folder: Path | None = None
) -> str | None:
    """The PATH to set, which is the present one if launchers stand there already; None: no tools.

    folder: where to write them. Without one, the project's own (``rocqshim shims``) is taken if it
    is this user's and has launchers and nothing else, as a project names no programs for us, and
    a stranger in /tmp none either. It is brought up to date.
    Raises UserError where no folder can be written.
    """
    tools, path = tools_in_path(), environ.get("PATH", os.defpath)
    if all(is_covered(name) for name in tools):
        return path if tools else None
    where = folder or _usual(environ, root, tools)
    renew(where, tools)
    return f"{where}:{path}"


def _usual(environ: Mapping[str, str], root: str, tools: Mapping[str, str]) -> Path:
    own = Path(root) / PRIVATE / "bin"
    is_usable = can_be_in_path(own) and _has_only_launchers(own)
    return own if is_usable else _shared(environ, tools)


def _has_only_launchers(folder: Path) -> bool:
    """Whether we have made all of it: whose content only begins like ours may do anything."""
    try:
        # One with a dot is being written by another build; no command has such a name.
        files = [path for path in folder.iterdir() if path.name[0] != "."]
        is_own = all(map(_is_users, (folder.parent, folder, *files)))
    except OSError:
        return False
    return is_own and bool(files) and all(it.name in TOOLS and is_ours(it) for it in files)


def _is_users(path: Path) -> bool:
    return path.lstat().st_uid == os.getuid()


def _shared(environ: Mapping[str, str], tools: Mapping[str, str]) -> Path:
    """The user's folder for exactly these tools: each switch of opam has one."""
    folders = state(environ) / "shims"
    key = hashlib.sha256(os.fsencode("\0".join(f"{tools[name]}" for name in sorted(tools))))
    found = folders / key.hexdigest()[:12]
    forget_old(folders, found)
    return found


def state(environ: Mapping[str, str]) -> Path:
    """The user's folder, in which our folders of launchers are; the socket's without a home."""
    usual = os.path.dirname(default_path(environ))
    with suppress(OSError):
        make_folder(usual)
    if not os.access(usual, os.W_OK):
        with suppress(place.Unusable):
            make_private(private := place.folder())
            return Path(private)
    return Path(usual)


def forget_old(folders: Path, kept: Path) -> None:
    """Remove the folders whose tools are gone: their switch was removed."""
    with suppress(OSError):
        for folder in folders.iterdir():
            if folder != kept and _has_lost_its_tools(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _has_lost_its_tools(folder: Path) -> bool:
    """Not one without a launcher: another build is writing it, and asks its compiler first."""
    lines = [line for launcher in folder.iterdir() for line in identity_in(launcher)[:1]]
    return bool(lines) and not any(os.path.exists(file_of(line)) for line in lines)
