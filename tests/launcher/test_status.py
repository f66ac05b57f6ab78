"""A call ends as the program ended: the same exit status, the same signal, no core of ours."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from .shim import Shim

# Signals that end a process which does nothing about them; the others stop it or do nothing.
HARMLESS = {
    signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH,
    signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU,
}  # fmt: skip
DEADLY = [*sorted(set(range(1, 32)) - HARMLESS), signal.SIGRTMIN + 2, signal.SIGRTMAX]
CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")


@pytest.mark.parametrize("status", [0, 1, 2, 124, 125, 126, 127, 128, 129, 137, 143, 255])
def test_exit_status(warm: Shim, status: int) -> None:
    done = warm.run("sh", "-c", f"exit {status}")

    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")


@pytest.mark.parametrize("number", DEADLY)
def test_signal(warm: Shim, number: int) -> None:
    done = warm.run("sh", "-c", f"ulimit -c 0; kill -{number} $$")

    assert done.returncode == -number
    # Of SIGKILL nobody but us says anything; the others are told by the shell of the caller.
    assert bool(done.stderr) == (number == signal.SIGKILL)


@pytest.mark.parametrize("name", ["INT", "TERM", "QUIT", "PIPE", "HUP"])
def test_signal_that_the_caller_ignores(warm: Shim, name: str) -> None:
    """Ignored by the launcher too, and yet it has to die by it."""
    script = f"trap '' {name}; exec \"$@\""
    reset = (
        "import os, signal as s; "
        f"s.signal(s.SIG{name}, s.SIG_DFL); os.kill(os.getpid(), s.SIG{name})"
    )
    command = ["sh", "-c", script, "sh", *warm.command("python3", "-S", "-c", reset)]
    process = warm.popen(command)
    process.communicate(timeout=60)

    assert process.returncode == -getattr(signal, f"SIG{name}")


def test_no_core_of_ours(warm: Shim) -> None:
    """A core of Python over the compiler's would hide what crashed."""
    if CORE_PATTERN.read_text().startswith(("|", "/")):
        pytest.skip("cores do not go to the current folder here (kernel.core_pattern)")
    script = 'ulimit -c unlimited; exec "$@"'
    command = ["sh", "-c", script, "sh", *warm.command("sh", "-c", "ulimit -c 0; kill -SEGV $$")]
    process = warm.popen(command)
    process.communicate(timeout=60)

    assert process.returncode == -signal.SIGSEGV
    assert not list(warm.work.glob("core*"))


def test_a_core_of_the_compiler_stays(warm: Shim) -> None:
    if CORE_PATTERN.read_text().startswith(("|", "/")):
        pytest.skip("cores do not go to the current folder here (kernel.core_pattern)")
    script = 'ulimit -c unlimited; exec "$@"'
    process = warm.popen(["sh", "-c", script, "sh", *warm.command("sh", "-c", "kill -SEGV $$")])
    process.communicate(timeout=60)

    (core,) = warm.work.glob("core*")
    core.unlink()
