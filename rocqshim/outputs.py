"""After a kill: remove what the compiler left half-written, so that the next make builds it.

Coq and Rocq write in place, on the final name, and a make that finds such a ``.vo`` believes in
it. The order, from toplevel/ccompile.ml of 8.16 to 9.2: ``.X.aux`` and ``.glob`` are opened at
the start; the ``.vo`` is written at the end, with zeros in bytes 8 to 15 until it is closed; up
to 8.20 an empty ``.vos`` and ``.vok`` follow; the ``.glob`` is closed last.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rocqshim.launch.call import TAKES, behind_compiler, parts

OBJECTS = {"vo": ".vo", "vos": ".vos", "vio": ".vio", "vok": ".vok", "other": ".vo"}
_HEADER = 16  # bytes: magic number, version, then 8 bytes of position, patched in at the close

# The kernel stamps files with the time of its last tick, which is up to 10 ms (HZ=100) behind
# the clock that time.time_ns() reads: a file made just after the start can look older.
TICK = 20_000_000  # ns
# FAT, ext3 and some network file systems keep whole seconds, FAT only even ones.
COARSE = 2_000_000_000  # ns
_SECOND = 1_000_000_000

Test = Callable[[int], bool]  # of an open descriptor


@dataclass(frozen=True)
class Outputs:
    """The files that one call writes; "" for one that it does not. ``object``: .vo, .vos, .vio.

    marks: the empty .vos and .vok that stand beside a .vo.
    """

    object: str
    aux: str = ""
    glob: str = ""
    marks: tuple[str, ...] = ()


def remove_truncated(
    cwd: str, words: Sequence[str], file: str, kind: str, started_ns: int
) -> list[str]:
    """Remove what the killed call ``words`` left unfinished; gives the paths that are gone.

    kind: as in launch/call.py. started_ns: time.time_ns() before the compiler started. Only
    regular files that were written since then; no complete one, nothing through a link. Never
    raises: what cannot be removed stays.
    """
    if not compiles(words, file, kind):
        return []
    tests = _tests(cwd, outputs(words, file, kind), started_ns)
    paths = [(os.path.join(cwd, name), test) for name, test in tests if name]
    return [path for path, test in paths if _remove_if(path, test, started_ns)]


def remove_written(
    cwd: str, words: Sequence[str], file: str, kind: str, started_ns: int
) -> list[str]:
    """Like `remove_truncated`, but also what is complete: the call is to be made once more."""
    if not compiles(words, file, kind):
        return []
    found = outputs(words, file, kind)
    names = [found.object, found.aux, found.glob, *found.marks]
    paths = [os.path.join(cwd, name) for name in names if name]
    return [path for path in paths if _remove_if(path, _is_any, started_ns)]


def compiles(words: Sequence[str], file: str, kind: str) -> bool:
    """Whether the call ``words`` compiles ``file``, a source; kind: as in launch/call.py."""
    if kind == "other":  # `timeout 60 coqc a.v` does; `coqtop -l a.v` only reads what others write
        return file.endswith(".v") and _is_operand(words, file)
    return kind in OBJECTS and file.endswith((".v", ".vio"))


def _is_operand(words: Sequence[str], file: str) -> bool:
    return not {file, file.removesuffix(".v")}.isdisjoint(_options(words))


def _tests(cwd: str, found: Outputs, started_ns: int) -> list[tuple[str, Test]]:
    """Each output with the test that tells whether it is unfinished."""
    whole = bool(found.object) and _holds(os.path.join(cwd, found.object), _is_whole)
    ours = whole and _holds(os.path.join(cwd, found.object), lambda it: _is_ours(it, started_ns))
    # The .glob is closed after the .vo: without a .vo of this job it is cut wherever the buffer
    # happened to end (8 MiB sharp were seen), and `make html` would take it.
    glob = _is_any if found.marks and not ours else _is_empty
    # Beside no whole .vo an empty .vos says "load the .vo" and an empty .vok "it is proved".
    marks = [] if whole else [(mark, _is_empty) for mark in found.marks]
    return [(found.object, _is_cut), (found.aux, _is_empty), (found.glob, glob), *marks]


def outputs(words: Sequence[str], file: str, kind: str) -> Outputs:
    """Name the files that the call writes, as the call names them."""
    stem, ending = _target(words, file, kind), OBJECTS[kind]
    if kind in ("vos", "vio"):
        return Outputs(stem + ending)  # these modes open no .glob and no .aux
    folder, name = os.path.split(stem)
    aux, glob = os.path.join(folder, f".{name}.aux"), _glob(words, stem)
    if kind == "vok":  # its .vok is made at its very end, empty, and so is complete
        return Outputs("", aux, glob)
    return Outputs(stem + ending, aux, glob, (stem + ".vos", stem + ".vok"))


def target(words: Sequence[str], file: str, kind: str) -> str:
    """Name the file that the call is for, as the call names it; "" where it compiles nothing."""
    if not compiles(words, file, kind):
        return ""
    return _target(words, file, kind) + OBJECTS[kind]


def _target(words: Sequence[str], file: str, kind: str) -> str:
    """The path of the object without its ending, which ``-o`` may leave out (ensure_ext)."""
    given = _options(words).get("-o", "")
    # The compiler refuses another name than the source's (ensure_bname) and writes nothing.
    if _name(given) != _name(file):
        given = ""
    return given.removesuffix(OBJECTS[kind]) or os.path.splitext(file)[0]


def _name(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _glob(words: Sequence[str], stem: str) -> str:
    options = _options(words)
    if "-noglob" in options or "-no-glob" in options:
        return ""
    return options.get("-dump-glob") or stem + ".glob"


def _options(words: Sequence[str]) -> dict[str, str]:
    """The compiler's options, and what it works on, each with the last value that it has, or ""."""
    args = list(words)[behind_compiler(list(words)) or len(words) :]
    return {word: values[0] if values else "" for word, values in parts(args, TAKES)}


def _remove_if(path: str, is_unfinished: Test, started_ns: int) -> bool:
    if not _holds(path, lambda it: _is_ours(it, started_ns) and is_unfinished(it)):
        return False
    try:
        os.unlink(path)
    except OSError:
        return False
    return True


def _holds(path: str, test: Test) -> bool:
    """Ask ``test`` of a file that can be opened; never of a link's target."""
    try:
        # O_NONBLOCK: a FIFO of that name would have us wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):  # ValueError: a NUL byte in the name
        return False
    try:
        return test(handle)
    except OSError:
        return False
    finally:
        os.close(handle)


def _is_ours(handle: int, started_ns: int) -> bool:
    """Tell whether it is a regular file that was written since ``started_ns``."""
    status = os.fstat(handle)
    written = status.st_mtime_ns
    margin = TICK if written % _SECOND else COARSE
    return stat.S_ISREG(status.st_mode) and written >= started_ns - margin


def _is_cut(handle: int) -> bool:
    head = os.pread(handle, _HEADER, 0)
    return len(head) < _HEADER or head[8:] == bytes(8)


def _is_whole(handle: int) -> bool:
    return stat.S_ISREG(os.fstat(handle).st_mode) and not _is_cut(handle)


def _is_empty(handle: int) -> bool:
    return os.fstat(handle).st_size == 0


def _is_any(_handle: int) -> bool:
    return True
