"""Where settings are found: the project around a directory, and the user's own file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from rocqshim.errors import UserError
from rocqshim.folders import config_home
from rocqshim.settings.dune import source_of
from rocqshim.settings.model import Seen
from rocqshim.settings.sources import Source, parse, read, stamp

OWN_FILE = "rocqshim.toml"  # the same settings at its top level; before pyproject.toml
PROJECT_FILE = "pyproject.toml"
# Without settings, the outermost thing that people call a project gives the name; in this order.
_MARKERS = ((".git",), ("dune-project",), ("_CoqProject", "_RocqProject"))
_NAME_LENGTH = 64
_SHARED = 0o1002  # the sticky bit (/tmp), or writable by all: everybody may put a file there
_HEADER = re.compile(
    rb"^[ \t]*\[+[ \t]*((?:tool\.)?[\w-]{0,40}roc[\w-]{0,40})", re.MULTILINE | re.IGNORECASE
)
_ALIKE = 0.85  # of a table's name; rocqshm and Rocqshim are, rocq-lsp is not


@dataclass(frozen=True)
class Project:
    """The root of a project, its settings if it has any, and what was looked at on the way."""

    root: str
    source: Source | None
    seen: tuple[Seen, ...]
    warnings: tuple[str, ...] = ()


def find_project(
    start: str | os.PathLike[str], build_root: str = "", environ: Mapping[str, str] | None = None
) -> Project:
    """The nearest settings upwards, else a root by its markers.

    Settings are a rocqshim.toml, or a pyproject.toml that has [tool.rocqshim].

    build_root: where the build was started, "" if unknown. A build without settings is one
    project, however many folders with a _CoqProject it enters. environ: as `source_of` takes it.

    Raises UserError for a directory that is gone and for files that cannot be read or parsed.
    """
    seen: list[Seen] = []
    warnings: list[str] = []
    directories = list(_upwards(source_of(_real(start), environ)))
    for directory in directories:
        sources: list[Source] = []
        for name in (OWN_FILE, PROJECT_FILE):
            path = os.path.join(directory, name)
            seen.append(Seen(path, stamp(path)))
            if seen[-1].stamp and _is_planted(path, directory):
                warnings.append(
                    f"{path}: passed over: somebody else has put it into a shared folder"
                )
                continue
            content = read(path)
            if source := _project_source(path, name, content):
                sources.append(source)
            elif name == PROJECT_FILE:
                warnings += _misspelt(path, content)
        if sources:
            warnings += [f"{it.origin()} is not read: {OWN_FILE} is there" for it in sources[1:]]
            return Project(directory, sources[0], tuple(seen), tuple(warnings))
    root = _outermost(_marked(directories), build_root, directories)
    return Project(root, None, tuple(seen), tuple(warnings))


def project_for(start: str | os.PathLike[str], environ: Mapping[str, str]) -> Project:
    """The project of a command in ``start``: `find_project`, and what `rocqshim run` says of it.

    Raises UserError as that does.
    """
    here = environ.get("ROCQSHIM_PROJECT") or start
    return find_project(here, environ.get("ROCQSHIM_ROOT", ""), environ)


def _outermost(marked: str, build_root: str, directories: list[str]) -> str:
    outside = directories[directories.index(marked) :]
    return build_root if build_root in outside else marked


def _real(start: str | os.PathLike[str]) -> str:
    """The physical path: one project has one slice, also when it is reached by a link."""
    try:
        real = os.path.realpath(start)
        os.stat(os.path.join(real, ""))  # fails on what is none, and on loops
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        fact = f"The current directory {os.fspath(start)!r} cannot be used: {why}."
        raise UserError(fact, "Change to a directory that exists.") from error
    return real


def _upwards(directory: str) -> list[str]:
    found = [directory]
    while (parent := os.path.dirname(found[-1])) != found[-1]:
        found.append(parent)
    return found


def _is_planted(path: str, directory: str) -> bool:
    """Whether a stranger put the file into /tmp or the like: `compiler` names a program to run.

    Or only a link, to what somebody else has.
    """
    try:
        shared = os.stat(directory).st_mode & _SHARED
        owners = {os.lstat(path).st_uid, os.stat(path).st_uid} if shared else set()
    except OSError:
        return False
    return not owners <= {0, os.getuid()}


def _misspelt(path: str, content: bytes | None) -> list[str]:
    """A warning for a table that looks like ours and is not; it would have no effect."""
    if content is None or b"roc" not in content.lower():
        return []
    import difflib  # 1 ms, for files that name Rocq only

    for found in _HEADER.finditer(content):
        name = found[1].decode("ascii", "replace")
        if (
            difflib.SequenceMatcher(None, name.lower().removeprefix("tool."), "rocqshim").ratio()
            >= _ALIKE
        ):
            line = content.count(b"\n", 0, found.start(1)) + 1
            return [f"{path}:{line}: [{name}] is not read; did you mean [tool.rocqshim]?"]
    return []


def _project_source(path: str, name: str, content: bytes | None) -> Source | None:
    if content is not None and name == OWN_FILE:
        text, document = parse(path, content)
        return Source(path, name, text, document)
    # Most files on the way have nothing for us: parsing them would cost milliseconds, and an
    # error in them is not ours to report. UTF-16 hides the word, so that is looked at.
    if content is None or (
        b"rocqshim" not in content and content[:2] not in (b"\xff\xfe", b"\xfe\xff")
    ):
        return None
    text, document = parse(path, content)
    tool = document.get("tool")
    if not isinstance(tool, dict) or "rocqshim" not in tool:
        return None
    source = Source(path, PROJECT_FILE, text, {}, ("tool", "rocqshim"))
    return _with_table(source, tool["rocqshim"])


def _with_table(source: Source, table: object) -> Source:
    if not isinstance(table, dict):
        fact = f"{source.path}:{source.line() or 1}: tool.rocqshim is not a table."
        raise UserError(fact, "Write [tool.rocqshim], and the settings below it.")
    return Source(source.path, source.name, source.text, table, source.prefix)


def _marked(directories: list[str]) -> str:
    for markers in _MARKERS:
        for directory in directories:
            if any(_has_marker(directory, marker) for marker in markers):
                return directory
    return directories[0]


def _has_marker(directory: str, marker: str) -> bool:
    """Not a stranger's: /tmp/.git would make his /tmp/.rocqshim that of every project below."""
    path = os.path.join(directory, marker)
    return os.path.exists(path) and not _is_planted(path, directory)


def project_name(root: str) -> str:
    """A directory's name as one part of a slice name: letters, digits, ``_`` and ``.`` only.

    ``-`` would nest slices, ``:`` needs escaping in /proc/self/cgroup: both become ``_``. Long
    names are cut and end in a digest, so that two of them stay two slices.
    """
    base = os.path.basename(root)
    name = re.sub(r"[^A-Za-z0-9_.]", "_", base) or "root"
    if len(name) <= _NAME_LENGTH:
        return name
    import hashlib  # 3 ms, for long names only

    digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:8]
    return f"{name[: _NAME_LENGTH - 9]}_{digest}"


def user_file(environ: Mapping[str, str]) -> str | None:
    """The path of the user's config.toml, whether it is there or not; None without a home."""
    base = config_home(environ)
    return os.path.join(base, "rocqshim", "config.toml") if base else None


def read_user(path: str, environ: Mapping[str, str]) -> Source | None:
    """The user's own settings, None if there are none. Raises UserError."""
    content = None if _is_hidden(path) else read(path)
    if content is None:
        return None
    text, document = parse(path, content)
    return Source(path, _short(path, environ.get("HOME", "")), text, document)


def hides_user_file(environ: Mapping[str, str]) -> bool:
    """Whether the user's file lies where we may not look."""
    path = user_file(environ)
    return path is not None and _is_hidden(path)


def _is_hidden(path: str) -> bool:
    """Whether its directory may not be entered: `sudo -u` with somebody else's HOME."""
    try:
        os.stat(path)
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _short(path: str, home: str) -> str:
    return "~" + path[len(home) :] if home and path.startswith(home + "/") else path
