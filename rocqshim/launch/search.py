"""Which file a name means: as in a shell; and for a tool of Rocq, the one behind our launchers.

A folder of launchers (`rocqshim shims`) stands in PATH before the tools themselves. Launchers are
known by what is written in them, so that copies, links and several such folders are all passed.
"""

import posix

from rocqshim.launch.system import basename, exists, variable

MARK = b"#!/bin/sh\n# rocqshim launcher"  # how rocq-exec and every file of `rocqshim shims` begin
TOOLS = ("coq", "rocq", "vscoqtop", "vsrocqtop")  # how their names begin; and fcc, of coq-lsp
# Which tools were executed on the way to this process. A wrapper that looks for "the next coqc"
# finds us again, and would be called by us again, for ever.
PASSED = "ROCQSHIM_PASSED"
ROUNDS = 3  # times that one file may be on that way: a compiler may have a reason to call itself


class NoProgram(Exception):
    """Nothing to execute; ``str()`` is the line for stderr, ``status`` as a shell's (126, 127)."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line)
        self.status = status


def search_path() -> list[str]:
    """Give the folders of PATH, ready to be put before a name; an empty one is the current."""
    path = variable("PATH", "/usr/bin:/bin")
    return [folder and folder + "/" for folder in path.split(":")]


def is_program(path: str) -> bool:
    """Tell whether ``path`` is a file that may be executed."""
    return posix.access(path, posix.X_OK) and posix.stat(path).st_mode & 0o170000 != 0o040000


def is_tool(name: str) -> bool:
    """Tell whether a program of this name belongs to Rocq: a launcher may stand for it."""
    return (name.startswith(TOOLS) and not name.startswith("rocq-exec")) or name == "fcc"


def is_launcher(path: str) -> bool:
    """Tell whether the file is one of ours."""
    return _head(path) == MARK


def is_in_path(launcher: str) -> bool:
    """Tell whether PATH has the launcher: then what it stands for is what PATH has behind it."""
    paths = [folder + basename(launcher) for folder in search_path()]
    return any(is_program(path) and _is_same(path, launcher) for path in paths)


def programs(name: str) -> list[str]:
    """Give every program of this name in PATH that is none of our launchers, in order."""
    return _programs(name, "", "")


def _programs(name: str, behind: str, written_for: str) -> list[str]:
    # Where PATH has the launcher ``behind``, only what comes after it, if there is anything; where
    # PATH does not have it, somebody called it by its path (an editor), and means its own tool.
    before: list[str] = []
    found: list[str] = []
    for folder in search_path():
        path = folder + name
        if not is_program(path):
            continue
        if not is_launcher(path):
            found.append(path)
        elif behind and _is_same(path, behind):
            before, found, behind = found, [], ""
    if behind and written_for and is_program(written_for):
        return [written_for, *found]
    return found or before


def _is_same(path: str, other: str) -> bool:
    if path == other:
        return True
    one, two = posix.stat(path), posix.stat(other)
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)


def locate(name: str, behind: str = "", written_for: str = "") -> str:
    """Find the file to execute for ``name``, as a shell does. Raises NoProgram (126, 127).

    behind: the launcher that was called under this name; written_for: the tool it had behind it
    when it was written.
    """
    if "/" in name:
        return name
    if (behind or is_tool(name)) and (found := _programs(name, behind, written_for)):
        return _not_passed(name, found)
    paths = [folder + name for folder in search_path()]
    for path in paths:
        if is_program(path) and not (is_tool(name) and is_launcher(path)):
            return path
    raise _missing(name, [path for path in paths if exists(path)])


def _missing(name: str, found: list[str]) -> NoProgram:
    if any(is_program(path) for path in found):
        return NoProgram(f"rocq-exec: {name}: PATH has only launchers of rocqshim for it", 127)
    if name and found:
        return NoProgram(f"rocq-exec: {name}: Permission denied", 126)
    return NoProgram(f"rocq-exec: {name}: not found", 127)


def _not_passed(name: str, found: list[str]) -> str:
    passed = variable(PASSED).split(":")
    for path in found:
        # A script may be a wrapper that came to us for what is behind it. A binary is hardly one.
        if passed.count(absolute(path)) < (1 if _head(path)[:2] == b"#!" else ROUNDS):
            return path
    for path in found:
        if passed.count(absolute(path)) < ROUNDS:
            return path
    raise NoProgram(f"rocq-exec: {name}: what PATH has are wrappers that call each other", 127)


def remember(path: str) -> None:
    """Note in the environment that the tool at ``path`` is executed next."""
    if is_tool(basename(path)):
        passed = variable(PASSED)
        posix.putenv(PASSED, f"{passed}:{absolute(path)}" if passed else absolute(path))


def absolute(path: str) -> str:
    """Put the current folder before a relative path."""
    if path.startswith("/"):
        return path
    try:
        return f"{posix.getcwd()}/{path}"
    except OSError:
        return path  # the current folder was removed


def without_links(path: str) -> str:
    """Follow links as long as they keep the name: workers are beside the file itself.

    A link to another name is of a program that goes by the name (busybox, ccache): it stays.
    """
    for _ in range(40):  # as the kernel: ELOOP
        try:
            target = posix.readlink(path)
        except OSError:
            break
        if basename(target) != basename(path):
            break
        path = target if target.startswith("/") else f"{path.rpartition('/')[0]}/{target}"
    return path


def _head(path: str) -> bytes:
    try:
        file = posix.open(path, posix.O_RDONLY | posix.O_NONBLOCK)
    except OSError:
        return b""  # it may be executed and not read
    try:
        return posix.read(file, len(MARK))
    except OSError:
        return b""
    finally:
        posix.close(file)
