"""stdin, stdout and stderr are the program's own; nothing is ever added to them."""

from __future__ import annotations

import os
import subprocess

import pytest

from .compare import assert_same
from .shim import Shim

COPY = ("sh", "-c", "cat; echo error >&2; exit 3")
SAY = ("sh", "-c", "echo out; echo error >&2; exit 4")
CLOSED = {
    "stdin": "exec 0<&-",
    "stdout": "exec 1>&-",
    "stderr": "exec 2>&-",
    "stdout and stderr": "exec 1>&- 2>&-",
    "all": "exec 0<&- 1>&- 2>&-",
    "stdin and stderr": "exec 0<&- 2>&-",
}


@pytest.mark.parametrize("given", [b"", b"text\n", bytes(range(256)) * 4000], ids=len)
def test_stdin_from_a_pipe(warm: Shim, given: bytes) -> None:
    assert assert_same(warm, *COPY, input=given).stdout == given


def test_stdin_from_null(warm: Shim) -> None:
    assert assert_same(warm, *COPY).status == 3


@pytest.mark.parametrize("around", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("words", [COPY, SAY, ("cat", "/nonexistent")], ids=["copy", "say", "cat"])
def test_closed(warm: Shim, around: str, words: tuple[str, ...]) -> None:
    assert_same(warm, *words, around=around)


@pytest.mark.parametrize("around", CLOSED.values(), ids=CLOSED)
def test_closed_and_the_first_to_start_a_broker(shim: Shim, around: str) -> None:
    assert_same(shim, *SAY, around=around)
    assert shim.broker()


@pytest.mark.parametrize("around", CLOSED.values(), ids=CLOSED)
@pytest.mark.parametrize("words", [("/nonexistent/coqc", "a.v"), ("--help",), ("nonexistent",)])
def test_closed_and_something_to_say(warm: Shim, around: str, words: tuple[str, ...]) -> None:
    """What we cannot tell is lost; it becomes no traceback and no other exit status."""
    command = ["/bin/sh", "-c", f'{around}\nexec "$@"', "sh", *warm.command(*words)]
    process = warm.popen(command)
    out, err = process.communicate(timeout=60)

    assert process.returncode == (0 if words == ("--help",) else 127)
    assert b"Traceback" not in out + err


def test_a_reader_that_goes_away(warm: Shim) -> None:
    """`coqc … | head`: the program dies of SIGPIPE, which Python ignores by default."""
    readable, writable = os.pipe()
    os.close(readable)
    try:
        done = warm.run("sh", "-c", "while echo y; do :; done", stdout=writable)
    finally:
        os.close(writable)

    assert done.returncode == -13
    assert done.stderr == b""


def test_output_is_not_buffered(warm: Shim) -> None:
    """A line is there when the program wrote it, not at its end."""
    process = warm.start("sh", "-c", "echo first; read line; echo $line", stdin=subprocess.PIPE)
    assert process.stdout and process.stdin

    assert process.stdout.readline() == b"first\n"
    assert process.communicate(b"second\n", timeout=60)[0] == b"second\n"
