"""Which program is executed: the words as given, or the real compiler found for bare arguments."""

import posix

from rocqshim.launch.call import SUBCOMMANDS, is_compiler_arguments
from rocqshim.launch.system import basename, exists, fsencode, variable


class NoProgram(Exception):
    """Nothing to execute; ``str()`` is the line for stderr, ``status`` as a shell's (126, 127)."""

    def __init__(self, line: str, status: int) -> None:
        super().__init__(line)
        self.status = status


def unnested(words: list[str]) -> list[str]:
    """Leave out what is ourselves: COQC and TIMECMD both set are `rocq-exec rocq-exec coqc …`."""
    while len(words) > 1:
        rest = words[1:] if words[0] == "--" else words
        if len(rest) == 1 or basename(rest[0]) != "rocq-exec":
            break
        words = rest[1:]
    return words


def say(line: str) -> None:
    """Write one line for the user to stderr; it never breaks the build."""
    if line:
        try:
            posix.write(2, fsencode(line + "\n"))
        except OSError:
            pass  # nobody reads it


def with_program(words: list[str]) -> list[str]:
    """Turn the three call forms into one: a program and its arguments.

    Raises NoProgram where the third form needs a compiler and there is none.
    """
    if words[0] == "--":
        return words[1:]
    if is_compiler_arguments(words[0]):
        return _compiler_for(words[0]) + words
    return words


def _compiler_for(word: str) -> list[str]:
    named = variable("ROCQSHIM_COMPILER") or _from_settings()
    if named:
        return _with_subcommand(named, word)
    if word in SUBCOMMANDS:
        return ["rocq"]
    found = _first_in_path(("coqc", "rocq"))
    if found:
        return _with_subcommand(found, word)
    raise NoProgram(
        "rocq-exec: neither coqc nor rocq is in PATH. Set compiler in [tool.rocqshim].", 127
    )


def _with_subcommand(program: str, word: str) -> list[str]:
    is_rocq = basename(program) == "rocq"
    return [program, "c"] if is_rocq and word not in SUBCOMMANDS else [program]


def _first_in_path(names: tuple[str, ...]) -> str:
    for folder in search_path():
        for name in names:
            if is_program(folder + name):
                return name
    return ""


def _from_settings() -> str:
    from rocqshim.launch.settled import compiler_setting  # only this call form needs it

    return compiler_setting()


def search_path() -> list[str]:
    """Give the folders of PATH, ready to be put before a name; an empty one is the current."""
    path = variable("PATH", "/usr/bin:/bin")
    return [folder and folder + "/" for folder in path.split(":")]


def is_program(path: str) -> bool:
    """Tell whether ``path`` is a file that may be executed."""
    return posix.access(path, posix.X_OK) and posix.stat(path).st_mode & 0o170000 != 0o040000


def locate(name: str) -> str:
    """Find the file to execute for ``name``, as a shell does. Raises NoProgram (126, 127)."""
    if "/" in name:
        return name
    paths = [folder + name for folder in search_path()]
    for path in paths:
        if is_program(path):
            return path
    if name and any(map(exists, paths)):
        raise NoProgram(f"rocq-exec: {name}: Permission denied", 126)
    raise NoProgram(f"rocq-exec: {name}: not found", 127)


def execute(path: str, words: list[str]) -> None:
    """Become the program, with the environment of this process; argv[0] stays as it was written.

    Rocq looks for its workers beside argv[0] (lib/system.ml), so it must never be ours. execv and
    not execve: os.environ has lost what a shell would not make (a name twice, one without "=").
    Raises NoProgram where the kernel refuses.
    """
    try:
        posix.execv(path, words)
    except OSError as error:
        if error.errno == 8:  # ENOEXEC: a script without #!, which a shell would run
            posix.execv("/bin/sh", ["sh", path, *words[1:]])
        # As in dash: what is not there (ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP) is 127.
        status = 127 if error.errno in (2, 20, 36, 40) else 126
        raise NoProgram(f"rocq-exec: {words[0]}: {error.strerror}", status) from None
