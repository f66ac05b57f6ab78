"""Signals sent to the launcher: passed on, never lost, and the program decides what they do."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

import pytest

from .processes import PATIENCE, children, eventually, state
from .shim import Shim

# Says which signals it gets; ends by itself only when it is told by a line on stdin. No shell: one
# that has looked for signals and then begins to read sleeps over those that come in between.
WITNESS = """
import os, select, signal
taken = {getattr(signal, "SIG" + name) for name in "HUP INT QUIT TERM USR1 USR2 ALRM".split()}
signal.pthread_sigmask(signal.SIG_BLOCK, taken)
os.write(1, b"ready\\n")
while not select.select([0], [], [], 0)[0]:
    info = signal.sigtimedwait(taken, 0.02)
    if info:
        os.write(1, signal.Signals(info.si_signo).name[3:].encode() + b"\\n")
os._exit(7)
"""
# An alarm of its caller outlives exec: with it `timeout`s written in perl end what they run.
ALARMED = """
import os, signal, sys
signal.setitimer(signal.ITIMER_REAL, float(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""
PASSED_ON = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM"]


def witness(shim: Shim, **options: object) -> subprocess.Popen[bytes]:
    process = shim.start(sys.executable, "-IS", "-c", WITNESS, stdin=subprocess.PIPE, **options)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def told(process: subprocess.Popen[bytes]) -> bytes:
    """The next line of the witness; b"" where there is none in time."""
    assert process.stdout
    if not select.select([process.stdout], [], [], PATIENCE)[0]:
        return b""
    return bytes(process.stdout.readline())


def end(process: subprocess.Popen[bytes]) -> bytes:
    out, _ = process.communicate(b"end\n", timeout=60)
    assert process.returncode == 7
    return out


@pytest.mark.parametrize("name", PASSED_ON)
def test_to_the_launcher_alone(warm: Shim, name: str) -> None:
    process = witness(warm)

    process.send_signal(getattr(signal, f"SIG{name}"))

    assert told(process) == f"{name}\n".encode()
    assert end(process) == b""


@pytest.mark.parametrize("name", PASSED_ON)
def test_one_after_the_other(warm: Shim, name: str) -> None:
    process = witness(warm)
    for _ in range(5):
        process.send_signal(getattr(signal, f"SIG{name}"))
        assert told(process) == f"{name}\n".encode()
    assert end(process) == b""


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "QUIT", "USR1"])
def test_of_which_the_program_dies(warm: Shim, name: str) -> None:
    process = warm.start("sh", "-c", "ulimit -c 0; echo ready; exec sleep 60")
    assert process.stdout and process.stdout.readline() == b"ready\n"

    process.send_signal(getattr(signal, f"SIG{name}"))

    process.communicate(timeout=60)
    assert process.returncode == -getattr(signal, f"SIG{name}")


def alarmed(shim: Shim, seconds: float, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-IS", "-c", ALARMED, str(seconds), *shim.command(*words)]
    return shim.popen(command)


def test_the_alarm_of_the_caller(warm: Shim) -> None:
    process = alarmed(warm, 2, "sh", "-c", "echo ready; exec sleep 60")

    out, _ = process.communicate(timeout=30)

    assert (process.returncode, out) == (-signal.SIGALRM, b"ready\n")


def test_the_alarm_of_the_caller_that_the_program_takes(warm: Shim) -> None:
    process = alarmed(warm, 2, "sh", "-c", 'trap "echo taken; exit 3" ALRM; sleep 60 & wait; :')

    assert told(process) == b"taken\n"
    assert process.wait(30) == 3


def test_the_alarm_of_the_caller_while_it_queues(shim: Shim) -> None:
    shim.settings("jobs = 1\n")
    first = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)

    second = alarmed(shim, 2, "echo", "never")

    out, err = second.communicate(timeout=30)
    assert (second.returncode, out, err) == (-signal.SIGALRM, b"", b"")
    eventually(lambda: shim.waiting() == 0)
    first.communicate(b"\n", timeout=60)


def test_to_the_whole_group(warm: Shim) -> None:
    """As `timeout` and dune do it: once or twice for the program, and never nothing."""
    process = witness(warm, start_new_session=True)

    os.killpg(process.pid, signal.SIGTERM)

    assert told(process) == b"TERM\n"
    assert end(process) in (b"", b"TERM\n")


def test_to_the_program_alone(warm: Shim) -> None:
    process = warm.start("sleep", "60")
    (program,) = eventually(lambda: children(process.pid))

    os.kill(program, signal.SIGTERM)

    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGTERM


def test_a_stopped_program_is_waited_for(warm: Shim) -> None:
    process = warm.start("sh", "-c", "kill -STOP $$; exit 5")
    (program,) = eventually(lambda: children(process.pid))
    eventually(lambda: state(program) == "T")

    assert process.poll() is None
    os.kill(program, signal.SIGCONT)

    assert process.wait(60) == 5


def test_a_stopped_launcher_goes_on(warm: Shim) -> None:
    process = witness(warm)
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: state(process.pid) == "T")
    process.send_signal(signal.SIGTERM)

    process.send_signal(signal.SIGCONT)

    assert told(process) == b"TERM\n"
    end(process)


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "QUIT", "KILL"])
def test_while_it_queues(shim: Shim, name: str) -> None:
    """Nothing was started yet, so it just dies; and its place in the queue is free."""
    shim.settings("jobs = 1\n")
    first = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)
    second = shim.start("sh", "-c", "ulimit -c 0; echo never")
    eventually(lambda: shim.waiting() == 1)

    second.send_signal(getattr(signal, f"SIG{name}"))

    out, err = second.communicate(timeout=60)
    assert (second.returncode, out, err) == (-getattr(signal, f"SIG{name}"), b"", b"")
    eventually(lambda: shim.waiting() == 0)
    first.communicate(b"\n", timeout=60)
    assert shim.run("true").returncode == 0


def test_ignored_by_the_caller_while_it_queues(shim: Shim) -> None:
    """`nohup make` in a terminal that is closed: the queue goes on."""
    shim.settings("jobs = 1\n")
    first = shim.start("sh", "-c", "read line", stdin=subprocess.PIPE)
    eventually(shim.jobs)
    command = ["sh", "-c", 'trap "" HUP INT; exec "$@"', "sh", *shim.command("echo", "second")]
    second = shim.popen(command)
    eventually(lambda: shim.waiting() == 1)

    second.send_signal(signal.SIGHUP)
    second.send_signal(signal.SIGINT)
    first.communicate(b"\n", timeout=60)

    assert second.communicate(timeout=60) == (b"second\n", b"")
    assert second.returncode == 0
