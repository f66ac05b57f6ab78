"""The command itself: started, waited for, signals passed on, its end handed on."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence

from rocqshim import shell
from rocqshim.launch.child import TAKEN, Child, Dispositions
from rocqshim.run.tee import Tee


class NotFound(Exception):
    """No such program; ``status`` as a shell's: 127, or 126 where it cannot be executed.

    meant: the command that stands in one word, as separate ones, for a shell; or "".
    """

    def __init__(self, line: str, status: int, meant: str = "") -> None:
        super().__init__(line)
        self.status = status
        self.meant = meant


def find(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """The file to execute, as a shell finds it. Raises NotFound."""
    name = command[0]
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    if found:
        return found
    if "/" in name and os.path.exists(name):
        raise NotFound(f"{name}: it cannot be executed", 126)
    raise NotFound(f"{name}: not found", 127, _as_words(command, environ))


def _as_words(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """What `run 'make -j4'` and `run 'make && make install'` mean; "" for any other word."""
    line = command[0]
    with contextlib.suppress(ValueError):  # quotes that do not close
        words = shlex.split(line)
        if len(words) > 1 and shutil.which(words[0], path=environ.get("PATH", os.defpath)):
            needs_shell = any(char in line for char in "&|;<>$`*?")
            asked = ["sh", "-c", line] if needs_shell else words
            return shell.join([*asked, *command[1:]])
    return ""


def run_command(
    path: str,
    command: Sequence[str],
    environ: Mapping[str, str],
    tee: Tee | None,
    *,
    on_start: Callable[[], object],
    on_end: Callable[[], object],
) -> int:
    """Run it to its end with our stdin, and our stdout and stderr or the pipes of ``tee``.

    Ctrl-C reaches the command by itself; TERM, HUP and INT that are sent to us are passed on.
    on_start is called when it is about to run: the place to start threads, after the fork.
    on_end: when it has ended, while no signal ends us yet.
    Gives the wait status.
    """
    dispositions = Dispositions()

    def become() -> None:
        try:
            if tee:
                tee.take_over()
            dispositions.restore()
            _execute(path, list(command), dict(environ))
        except OSError as error:
            os.write(2, os.fsencode(f"rocqshim: {command[0]}: {error.strerror}\n"))
        finally:
            os._exit(126)

    child = Child(become)
    if tee:
        tee.start()
    on_start()
    child.let_go()
    try:
        status = child.wait(lambda: None)
    finally:
        on_end()
    _end_of_signals()
    if tee:
        tee.end()
    return status


def _execute(path: str, words: list[str], environ: dict[str, str]) -> None:
    """Become the command, argv[0] as it was written. Raises OSError."""
    try:
        os.execve(path, words, environ)
    except OSError as error:
        if error.errno == errno.ENOEXEC:  # a script without #!, as in launch/program.py
            os.execve("/bin/sh", ["sh", path, *words[1:]], environ)
        raise


def _end_of_signals() -> None:
    """Drop those that were meant for the command, and listen to new ones."""
    while signal.sigtimedwait(TAKEN, 0):
        pass
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TAKEN)
