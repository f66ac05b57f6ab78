"""What is dune's copy of a source, and where that source is.

dune compiles copies, in BUILD/CONTEXT or, sandboxed, in BUILD/.sandbox/HASH/CONTEXT. BUILD is
`_build` below the workspace, or what --build-dir and DUNE_BUILD_DIR say: any name, anywhere.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

_NAME = "_build"  # where nobody says otherwise
_WORKSPACE = ("dune-project", "dune-workspace")
# Of these dune (2.9 to 3.24) has one in BUILD before it starts a compiler.
_OWN = (".aliases", ".filesystem-clock", ".db")
_COPY = re.compile(r"/(?:\.sandbox/[^/]+/)?[^/.][^/]*(?P<rest>/.*)?", re.DOTALL)


def source_of(path: str, environ: Mapping[str, str] | None = None) -> str:
    """What ``path`` is dune's copy of; any other path as it is.

    dune copies pyproject.toml as well: that is no project of its own, and patterns of [[files]]
    are meant for the sources. environ: of who works there, as dune tells its actions.
    """
    for build, root in _builds(path, environ or {}):
        if found := _COPY.fullmatch(path, len(build)):
            return root + (found["rest"] or "")
    return path


def is_context(folder: str) -> bool:
    """Tell whether ``folder`` is one in which dune starts compilers: BUILD/CONTEXT."""
    above = os.path.dirname(folder)
    sandbox = os.path.dirname(above)
    if os.path.basename(sandbox) == ".sandbox":
        above = os.path.dirname(sandbox)
    return _is_build(above)


def _builds(path: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The build folders around ``path``, each with its workspace."""
    context, root = (environ.get(name, "") for name in ("INSIDE_DUNE", "DUNE_SOURCEROOT"))
    if os.path.isabs(context) and os.path.isabs(root):
        build = os.path.dirname(os.path.realpath(context))
        if path.startswith(f"{build}/"):
            yield build, os.path.realpath(root)
    at = path.find("/", 1)
    while at > 0:
        if _is_build_of_workspace(path[:at]):
            yield path[:at], os.path.dirname(path[:at])
        at = path.find("/", at + 1)


def _is_build_of_workspace(folder: str) -> bool:
    root = os.path.dirname(folder)
    return _is_build(folder) and any(_exists(root, name) for name in _WORKSPACE)


def _is_build(folder: str) -> bool:
    is_named = os.path.basename(folder) == _NAME
    return is_named or any(_exists(folder, name) for name in _OWN)


def _exists(folder: str, name: str) -> bool:
    return os.path.exists(os.path.join(folder, name))
