"""At a terminal: Ctrl-C, Ctrl-\\, Ctrl-Z and fg, a closed window; the terminal is the program's."""

from __future__ import annotations

import os
import shutil
import sys

import pytest

from .processes import children, eventually, is_alive, state
from .pseudo_terminal import Terminal
from .shim import Shim

# As coqc: it catches Ctrl-C, says so, and ends with 1.
CATCHES = """
import sys, time
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit("User interrupt.")
"""


def terminal(shim: Shim, *words: str) -> Terminal:
    return Terminal(shim.command(*words), shim.env, str(shim.work))


def test_the_program_decides_what_ctrl_c_does(warm: Shim) -> None:
    on = terminal(warm, sys.executable, "-c", CATCHES)
    on.wait_for(b"ready")

    on.type(b"\x03")

    on.wait_for(b"User interrupt.")
    assert on.end() == 1


def test_ctrl_c_reaches_it_once(warm: Shim) -> None:
    """From the terminal it goes to the whole group: passing it on would double it."""
    script = "trap 'echo caught' INT; echo ready; read a; read b; exit 6"
    on = terminal(warm, "bash", "-c", script)
    on.wait_for(b"ready")

    on.type(b"\x03")
    on.wait_for(b"caught")
    on.type(b"x\n")
    on.type(b"y\n")

    assert on.end() == 6
    assert b"caught" not in on.shown


@pytest.mark.parametrize(("key", "status"), [(b"\x03", -2), (b"\x1c", -3)], ids=["C", "backslash"])
def test_a_program_that_does_nothing_about_it(warm: Shim, key: bytes, status: int) -> None:
    on = terminal(warm, "sh", "-c", "ulimit -c 0; echo ready; exec sleep 60")
    on.wait_for(b"ready")

    on.type(key)

    assert on.end() == status


def test_the_terminal_is_the_programs(warm: Shim) -> None:
    """It is asked its size and whether it is one; what is typed is read by the program."""
    on = terminal(warm, "sh", "-c", "tty; test -t 0 -a -t 1 -a -t 2 && read a && echo got $a")
    on.wait_for(b"/dev/pts/")

    on.type(b"words\n")

    on.wait_for(b"got words")
    assert on.end() == 0


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash for job control")
def test_stopped_and_continued_by_the_shell(warm: Shim) -> None:
    command = ["bash", "--norc", "--noprofile", "-i"]
    shell = Terminal(command, {**warm.env, "PS1": "> ", "TERM": "dumb"}, str(warm.work))
    launcher = " ".join(map(str, warm.command("sh", "-c")))
    shell.type(f"{launcher} 'echo rea\"\"dy; read line; echo got $line; exit 9'\n".encode())
    shell.wait_for(b"ready")
    (launched,) = eventually(lambda: children(shell.pid))
    (program,) = eventually(lambda: children(launched))

    shell.type(b"\x1a")
    shell.wait_for(b"Stopped")
    eventually(lambda: (state(launched), state(program)) == ("T", "T"))  # one stops after the other
    shell.type(b"fg\n")
    eventually(lambda: state(program) == "S")
    shell.type(b"words\n")
    shell.wait_for(b"got words")
    shell.type(b"echo status=$?\n")
    shell.wait_for(b"status=9")
    shell.type(b"exit\n")

    shell.end()


def test_a_closed_window_ends_it(warm: Shim) -> None:
    on = terminal(warm, "sh", "-c", "echo ready; exec sleep 60")
    on.wait_for(b"ready")
    (program,) = eventually(lambda: children(on.pid))

    on.hang_up()

    _, status = os.waitpid(on.pid, 0)
    assert os.waitstatus_to_exitcode(status) == -1
    eventually(lambda: not is_alive(program))


def test_ctrl_c_while_it_queues(shim: Shim) -> None:
    shim.settings("jobs = 1\n")
    first = shim.start("sleep", "60")
    eventually(shim.jobs)
    on = terminal(shim, "echo", "never")
    eventually(lambda: shim.waiting() == 1)

    on.type(b"\x03")

    assert on.end() == -2
    assert b"never" not in on.shown
    assert b"Traceback" not in on.shown
    first.terminate()
    first.communicate(timeout=60)
