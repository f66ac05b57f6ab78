"""Which program is executed: the words as given, or the real compiler found for bare arguments."""

import posix

from rocqshim.launch.call import SUBCOMMANDS, is_compiler_arguments
from rocqshim.launch.search import (
    NoProgram,
    absolute,
    is_in_path,
    is_launcher,
    is_program,
    is_tool,
    search_path,
    without_links,
)
from rocqshim.launch.system import basename, fsencode, variable

SHOWN = ("makefile", "doc", "find", "workmgr")  # `rocq makefile` writes argv[0] into its files


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
    if is_compiler_arguments(words[0]) and not _is_other_program(words[0]):
        return _compiler_for(words[0]) + words
    return words


def _is_other_program(word: str) -> bool:
    # `wc`, `top` and `doc` are subcommands of rocq; where PATH has a program of the name, that is
    # what a person means who writes `rocq-exec wc`. No program is called `c` or `compile`.
    is_compile = word in ("c", "compile")
    return word in SUBCOMMANDS and not is_compile and bool(_first_in_path((word,)))


def _compiler_for(word: str) -> list[str]:
    named = variable("ROCQSHIM_COMPILER") or _from_settings()
    if named:
        return _with_subcommand(named, word)
    if word in SUBCOMMANDS:
        return [f"{_coqbin()}rocq"]
    found = _in_coqbin() or _first_in_path(("coqc", "rocq"))
    if found:
        return _with_subcommand(found, word)
    raise NoProgram(
        "rocq-exec: neither coqc nor rocq is in PATH. Set compiler in [tool.rocqshim].", 127
    )


def _with_subcommand(program: str, word: str) -> list[str]:
    is_rocq = basename(program) == "rocq"
    return [program, "c"] if is_rocq and word not in SUBCOMMANDS else [program]


def _coqbin() -> str:
    # coq_makefile's variable for the folder of the compiler, with its slash or without.
    folder = variable("COQBIN")
    return folder and folder.rstrip("/") + "/"


def _in_coqbin() -> str:
    paths = [f"{_coqbin()}{name}" for name in ("coqc", "rocq")] if _coqbin() else []
    return next(filter(is_program, paths), "")


def _first_in_path(names: tuple[str, ...]) -> str:
    for folder in search_path():
        for name in names:
            if is_program(folder + name) and not is_launcher(folder + name):
                return name
    return ""


def _from_settings() -> str:
    from rocqshim.launch.settled import compiler_setting  # only this call form needs it

    return compiler_setting()


def stands_for(word: str) -> str:
    """Give the name of the tool that ``word``, a path, is a launcher for; "" for anything else.

    One that is not in PATH knows by itself what it stands for: it is a program like any other.
    """
    name = basename(word)
    is_one = name != word and is_tool(name) and is_launcher(word) and is_in_path(word)
    return name if is_one else ""


def own_name(path: str, words: list[str]) -> str:
    """Give argv[0] for a tool that was called through a launcher of its name.

    How the caller wrote it is lost: the kernel gives a script its path. So it is the file itself,
    beside which 8.x looks for its workers, and `rocq check` for rocqchk (lib/system.ml).
    """
    if words[0] == "rocq" and words[1:2] and words[1] in SHOWN:
        return words[0]
    return without_links(absolute(path))


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
